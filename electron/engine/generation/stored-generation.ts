// Generation checks as the database keeps them: told by what was continued, so that nothing is generated twice.
import { z } from 'zod';
import {
  generationCompletionSchema,
  generationFiguresSchema,
  generationPromptSchema,
  generationSamplingSchema,
  type GenerationFigures,
  type GenerationSampling,
} from '../../contract/api/generations.ts';
import { variantSchema } from '../../contract/api/evaluations.ts';
import type { Placement } from '../../contract/requests.ts';
import { llamaSource } from '../../../native/index.ts';
import { canonicalJson } from '../files/canonical-json.ts';
import type { Store } from '../store/database.ts';
import {
  addGenerationCheck,
  findGenerationChecks,
  getGenerationCheck,
  getGenerationTexts,
  listGenerationChecks,
  updateGenerationCheck,
  type StoredGenerationCheck,
} from '../store/generation-checks.ts';
import { hashJson } from '../store/json.ts';
import { judgedSchema, type JudgedPrompts } from './figures.ts';

/** Raise it when a change of the code changes completions or findings: those of another version are not reused. */
const CHECKING_VERSION = 1;

const settingsSchema = z.object({
  /** null: named by the command line. */
  variant: variantSchema.nullable(),
  label: z.string(),
  /** The full model that belongs to it; `measured` of its completions of the same prompts. */
  full: z.object({ name: z.string(), fingerprint: z.string(), measured: z.string() }),
  planId: z.int().nullable(),
  /** Experts a layer, of so many in the full model. */
  keep: z.int(),
  nExpert: z.int(),
  /** `id` null: the prompts came from files. Not known: nobody says which domain these are of, `name` names the files. */
  domain: z.object({ id: z.int().nullable(), name: z.string(), isKnown: z.boolean().default(true) }),
  /** Whether the plan was made for the prompts' domain; null: there is no plan. */
  inDomain: z.boolean().nullable(),
  sampling: generationSamplingSchema,
  maxTokens: z.int(),
});
export type GenerationSettings = Readonly<z.infer<typeof settingsSchema>>;

const resultSchema = z.object({ figures: generationFiguresSchema, judged: z.array(z.array(judgedSchema)) });

const textsSchema = z.object({
  prompts: z.array(generationPromptSchema),
  /** `[prompt][sample]`. */
  completions: z.array(z.array(generationCompletionSchema)),
});
export type GenerationTexts = Readonly<z.infer<typeof textsSchema>>;

export type StoredGeneration = {
  readonly id: number;
  readonly createdMs: number;
  readonly measured: string;
  readonly settings: GenerationSettings;
  readonly figures: GenerationFigures;
  readonly judged: JudgedPrompts;
};

export type GenerationWithTexts = StoredGeneration & { readonly texts: GenerationTexts };

/** Everything that the completions and their findings depend on. */
export type Generated = {
  /** As `subjectHash` gives it. */
  readonly subject: string;
  /** Of the prompts, as `PromptSet` has it. */
  readonly prompts: string;
  readonly sampling: GenerationSampling;
  readonly maxTokens: number;
  readonly placement: Placement;
};

/** Equal for equal completions. SHA-256, hex. */
export function generatedHash({ placement: { gpu, gpuLayers, cpuExpertLayers }, ...generated }: Generated): string {
  const placement = { gpu, gpuLayers, cpuExpertLayers };
  return hashJson({ version: CHECKING_VERSION, llama: llamaSource().tag, placement, ...generated });
}

/** Completions that are stored already, whatever they were made for. */
export function findGeneration(store: Store, measured: string): StoredGeneration | null {
  for (const row of findGenerationChecks(store, measured)) {
    const stored = read(row);
    if (stored) return stored;
  }
  return null;
}

export type KeptGeneration = {
  readonly modelPath: string;
  readonly measured: string;
  readonly settings: GenerationSettings;
  readonly figures: GenerationFigures;
  readonly judged: JudgedPrompts;
};

/**
 * Stores what a variant wrote on a set of prompts.
 * @param texts null: those of the completions that are stored already
 * @returns the row, which is an old one where there is one
 */
export function keepGeneration(store: Store, kept: KeptGeneration, texts: GenerationTexts | null): number {
  const { modelPath, measured, settings, figures, judged } = kept;
  const known = findGenerationChecks(store, measured);
  const same = known.find((row) => isSame(read(row)?.settings, settings));
  const result = { figures, judged };
  if (same) {
    // the full model's figures, or the plan's name, may be others now
    updateGenerationCheck(store, same.id, { settings, result });
    return same.id;
  }
  const before = known[0] && getGenerationTexts(store, known[0].id);
  return addGenerationCheck(store, { modelPath, measured, settings, result, texts: texts ?? before });
}

function isSame(a: GenerationSettings | undefined, b: GenerationSettings): boolean {
  const identity = ({ variant, full, domain }: GenerationSettings): string =>
    canonicalJson([variant, full.fingerprint, domain.id]);
  return a !== undefined && identity(a) === identity(b);
}

/** Newest first. */
export function listGenerations(store: Store): StoredGeneration[] {
  return listGenerationChecks(store)
    .map(read)
    .filter((row) => row !== null);
}

export function getGeneration(store: Store, id: number): StoredGeneration | null {
  const row = getGenerationCheck(store, id);
  return row ? read(row) : null;
}

/** @returns null where they are not there, or of another form */
export function readGenerationTexts(store: Store, id: number): GenerationTexts | null {
  return textsSchema.safeParse(getGenerationTexts(store, id)).data ?? null;
}

function read({ id, createdMs, measured, settings, result }: StoredGenerationCheck): StoredGeneration | null {
  const about = settingsSchema.safeParse(settings);
  const numbers = resultSchema.safeParse(result);
  if (!about.success || !numbers.success) return null;
  return { id, createdMs, measured, settings: about.data, ...numbers.data };
}
