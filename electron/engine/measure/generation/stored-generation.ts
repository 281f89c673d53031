// Checks of answers as the database keeps them: known by what was continued, so that nothing is generated twice.
import { z } from 'zod';
import {
  generationCompletionSchema,
  generationPromptSchema,
  generationSamplingSchema,
  type GenerationFigures,
  type GenerationSampling,
} from '../../../contract/api/generations.ts';
import { variantSchema } from '../../../contract/api/evaluations.ts';
import type { Placement } from '../../../contract/requests.ts';
import { llamaSource } from '../../../../native/index.ts';
import type { Store } from '../../store/database.ts';
import { hashJson } from '../../store/json.ts';
import { getGenerationTexts, Ledger, type LedgerEntry } from '../../store/measurements.ts';
import { storedFiguresSchema } from './stored-figures.ts';
import { judgedSchema, type JudgedPrompts } from './figures.ts';

/** Raise it when a change of the code changes completions or findings: those of another version are not reused. */
const CHECKING_VERSION = 1;

const settingsSchema = z.object({
  /** null: named by the command line. */
  variant: variantSchema.nullable(),
  label: z.string(),
  /** The full model that belongs to it; `measured` of its completions of the same prompts. */
  full: z.object({ name: z.string(), fingerprint: z.string(), measured: z.string() }),
  /** Fingerprint of the file that completed. Older rows do not say. */
  fingerprint: z.string().exactOptional(),
  /** Hash of the experts that were measured; null: the full model, or not known. Older rows do not say. */
  selectionHash: z.string().nullable().exactOptional(),
  selectionId: z.int().nullable(),
  /** Experts a layer, of so many in the full model. */
  keep: z.int(),
  nExpert: z.int(),
  /** `id` null: the prompts came from files. Not known: nobody says which domain these are of, `name` names the files. */
  domain: z.object({ id: z.int().nullable(), name: z.string(), isKnown: z.boolean().default(true) }),
  /** Whether the selection was made for the prompts' domain; null: there is no selection. */
  inDomain: z.boolean().nullable(),
  sampling: generationSamplingSchema,
  maxTokens: z.int(),
});
type GenerationSettings = Readonly<z.infer<typeof settingsSchema>>;

const resultSchema = z.object({ figures: storedFiguresSchema, judged: z.array(z.array(judgedSchema)) });

const textsSchema = z.object({
  prompts: z.array(generationPromptSchema),
  /** `[prompt][sample]`. */
  completions: z.array(z.array(generationCompletionSchema)),
});
export type GenerationTexts = Readonly<z.infer<typeof textsSchema>>;

/** What follows from the completions, and each one's findings. */
type GenerationResult = { readonly figures: GenerationFigures; readonly judged: JudgedPrompts };

export type StoredGeneration = GenerationResult & Omit<LedgerEntry<GenerationSettings, GenerationResult>, 'result'>;

/** Everything that the completions and their findings depend on. */
type Generated = {
  /** As `maskedHash` gives it. */
  readonly subject: string;
  /** Hash of the prompts, as `PromptSet` has it. */
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

/** Checks of variants and full models; each entry's texts are read by `readGenerationTexts`. */
export function generationLedger(store: Store): Ledger<GenerationSettings, GenerationResult> {
  return new Ledger(store, {
    table: 'generation_checks',
    kind: null,
    settings: settingsSchema,
    result: resultSchema,
    identityOf: ({ variant, full, domain }) => [variant, full.fingerprint, domain.id],
  });
}

/** Newest first. */
export function listGenerations(store: Store): StoredGeneration[] {
  return generationLedger(store).list().map(flat);
}

/** null: there is no such check. */
export function getGeneration(store: Store, id: number): StoredGeneration | null {
  const entry = generationLedger(store).get(id);
  return entry && flat(entry);
}

function flat({ result, ...entry }: LedgerEntry<GenerationSettings, GenerationResult>): StoredGeneration {
  return { ...entry, ...result };
}

/**
 * Each row's full model over the same prompts: the newest row of it; none for that row itself.
 * @param rows newest first
 */
export function referenceIds(rows: readonly StoredGeneration[]): ReadonlyMap<number, number> {
  const keyOf = (measured: string | null, { domain }: GenerationSettings): string => `${measured} ${domain.id}`;
  const newest = new Map(rows.toReversed().map(({ measured, settings, id }) => [keyOf(measured, settings), id]));
  return new Map(
    rows.flatMap(({ id, settings }) => {
      const reference = newest.get(keyOf(settings.full.measured, settings));
      return reference === undefined || reference === id ? [] : [[id, reference] as const];
    }),
  );
}

/** @returns null where they are not there, or of another form */
export function readGenerationTexts(store: Store, id: number): GenerationTexts | null {
  return textsSchema.safeParse(getGenerationTexts(store, id)).data ?? null;
}
