// Measurements of comparisons as the database keeps them: known by what was measured, so that nothing is measured twice.
import { z } from 'zod';
import { variantSchema, type EvaluationFigures } from '../../../contract/api/evaluations.ts';
import type { Placement } from '../../../contract/requests.ts';
import { sentenceSchema } from '../../../contract/sentences.ts';
import { llamaSource } from '../../../../native/index.ts';
import type { Store } from '../../store/database.ts';
import { hashJson } from '../../store/json.ts';
import { Ledger, type LedgerEntry } from '../../store/ledger.ts';
import { storedFiguresSchema } from './stored-figures.ts';

/** Raise it when a change of the code changes figures: measurements of another version are not reused. */
const MEASURING_VERSION = 2;

/** What the row says beside its numbers. */
const settingsSchema = z.object({
  variant: variantSchema,
  label: z.string(),
  /** The full model that belongs to it. */
  full: z.object({ name: z.string(), fingerprint: z.string() }),
  /** Of the measured file. */
  fingerprint: z.string(),
  /** Of what was measured; null: the full model, or not known. Older rows do not say. */
  selectionHash: z.string().nullable().exactOptional(),
  selectionId: z.int().nullable(),
  /** Experts a layer, of so many in the full model; older rows do not say. */
  keep: z.int().exactOptional(),
  nExpert: z.int().exactOptional(),
  /** `id` null: it came from a file; `domain` null: nobody said which. */
  text: z.object({ id: z.int().nullable(), name: z.string(), domain: z.string().nullable(), hash: z.string() }),
  /** At most so many chunks were asked for, 0: all of the text; older rows do not say. */
  chunkLimit: z.int().exactOptional(),
  /** Whether the selection was made for the text's domain; null: there is no selection. */
  inDomain: z.boolean().nullable(),
  /** What the figures do not prove, as people were told. */
  said: sentenceSchema.exactOptional(),
});
export type ComparisonSettings = Readonly<z.infer<typeof settingsSchema>>;

export type StoredComparison = LedgerEntry<ComparisonSettings, EvaluationFigures>;

/** What variants and full models measured on texts. What belongs to no selection and no file is not in its list. */
export function comparisonLedger(store: Store): Ledger<ComparisonSettings, EvaluationFigures> {
  return new Ledger(store, {
    table: 'evaluations',
    settings: settingsSchema,
    result: storedFiguresSchema,
    identityOf: ({ variant, text }) => [variant, text.id],
  });
}

/** Everything that the numbers depend on. */
export type Measurement = {
  /** As `maskedHash` gives it. */
  readonly subject: string;
  /** Fingerprint of the reference; null: the subject is the reference. */
  readonly against: string | null;
  readonly textHash: string;
  readonly ctx: number;
  readonly chunks: number | null;
  readonly placement: Placement;
};

/** Equal for equal measurements. SHA-256, hex. */
export function measurementHash({ placement, ...measurement }: Measurement): string {
  const { gpu, gpuLayers, cpuExpertLayers } = placement;
  return hashJson({
    version: MEASURING_VERSION,
    llama: llamaSource().tag,
    placement: { gpu, gpuLayers, cpuExpertLayers },
    ...measurement,
  });
}

/** Whether it is the full model's own: what the others are compared with. */
export function isOfFullModel({ settings: { variant, fingerprint, full } }: StoredComparison): boolean {
  return variant.kind === 'model' && fingerprint === full.fingerprint;
}
