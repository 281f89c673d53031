// Stores checks of answers in the database under a hash of what was continued, so that nothing is generated twice.
import { z } from 'zod';
import {
  generationCompletionSchema,
  generationFiguresSchema,
  generationPromptSchema,
  type GenerationFigures,
} from '../../../contract/api/generations.ts';
import { variantSchema } from '../../../contract/api/evaluations.ts';
import type { Placement } from '../../../contract/requests.ts';
import { llamaSource } from '../../../../native/index.ts';
import type { Store } from '../../store/database.ts';
import { hashJson } from '../../store/json.ts';
import { getGenerationTexts, Ledger, type LedgerEntry } from '../../store/measurements.ts';
import { judgedSchema, type JudgedPrompts } from './figures.ts';

/** To be raised when a code change alters completions or findings: those of other versions are not reused. */
const CHECKING_VERSION = 1;

const settingsSchema = z.object({
  /** null: the command line named it. */
  variant: variantSchema.nullable(),
  label: z.string(),
  /** The full model of the variant; `measured` identifies its completions of the same prompts. */
  full: z.object({ name: z.string(), fingerprint: z.string(), measured: z.string() }),
  /** Fingerprint of the checked file. */
  fingerprint: z.string(),
  /** Hash of the experts that were measured; null: the full model, or not known. */
  selectionHash: z.string().nullable(),
  selectionId: z.int().nullable(),
  /** Experts per layer, and their number in the full model. */
  keep: z.int(),
  nExpert: z.int(),
  /** `id` null: the prompts came from files. `isKnown` false: their domain is not known, and `name` names the files. */
  domain: z.object({ id: z.int().nullable(), name: z.string(), isKnown: z.boolean().default(true) }),
  /** Whether the selection was made for the prompts' domain; null: there is no selection. */
  inDomain: z.boolean().nullable(),
  maxTokens: z.int(),
});
type GenerationSettings = Readonly<z.infer<typeof settingsSchema>>;

const resultSchema = z.object({ figures: generationFiguresSchema, judged: z.array(judgedSchema) });

const textsSchema = z.object({
  prompts: z.array(generationPromptSchema),
  /** One a prompt. */
  completions: z.array(generationCompletionSchema),
});
export type GenerationTexts = Readonly<z.infer<typeof textsSchema>>;

/** Figures of the completions, and the findings on each. */
type GenerationResult = { readonly figures: GenerationFigures; readonly judged: JudgedPrompts };

export type StoredGeneration = GenerationResult & Omit<LedgerEntry<GenerationSettings, GenerationResult>, 'result'>;

/** Everything that the completions and their findings depend on. */
type Generated = {
  /** The subject's `maskedHash`. */
  readonly subject: string;
  /** Hash of the `PromptSet`. */
  readonly prompts: string;
  readonly maxTokens: number;
  readonly placement: Placement;
};

/** A hash that is equal for equal completions. SHA-256, hex. */
export function generatedHash({ placement: { gpu, gpuLayers, cpuExpertLayers }, ...generated }: Generated): string {
  const placement = { gpu, gpuLayers, cpuExpertLayers };
  return hashJson({ version: CHECKING_VERSION, llama: llamaSource().tag, placement, ...generated });
}

/** Checks of variants and full models; `readGenerationTexts` reads the texts of an entry. */
export function generationLedger(store: Store): Ledger<GenerationSettings, GenerationResult> {
  return new Ledger(store, {
    table: 'generation_checks',
    kind: null,
    settings: settingsSchema,
    result: resultSchema,
    identityOf: ({ variant, full, domain }) => [variant, full.fingerprint, domain.id],
  });
}

/** All stored checks, newest first. */
export function listGenerations(store: Store): StoredGeneration[] {
  return generationLedger(store).list().map(flat);
}

/** A stored check; null: there is none with this id. */
export function getGeneration(store: Store, id: number): StoredGeneration | null {
  const entry = generationLedger(store).get(id);
  return entry && flat(entry);
}

function flat({ result, ...entry }: LedgerEntry<GenerationSettings, GenerationResult>): StoredGeneration {
  return { ...entry, ...result };
}

/**
 * For each row, the newest row of its full model on the same prompts; none for that row itself.
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

/** The texts of a check. @returns null: they are missing, or in another form */
export function readGenerationTexts(store: Store, id: number): GenerationTexts | null {
  return textsSchema.safeParse(getGenerationTexts(store, id)).data ?? null;
}
