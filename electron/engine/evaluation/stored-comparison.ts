// Measurements of comparisons as the database keeps them: told by what was measured, so that nothing is measured twice.
import { z } from 'zod';
import { variantSchema } from '../../contract/api/evaluations.ts';
import type { Placement } from '../../contract/requests.ts';
import { llamaSource } from '../../../native/index.ts';
import { canonicalJson } from '../files/canonical-json.ts';
import type { Store } from '../store/database.ts';
import {
  addEvaluation,
  findEvaluations,
  listEvaluations,
  saveEvaluationSettings,
  type StoredEvaluation,
} from '../store/evaluations.ts';
import { hashJson } from '../store/json.ts';
import type { EvaluationResult } from './measure-text.ts';
import type { EvaluationSubject } from './model-slot.ts';

/** Raise it when a change of the code changes figures: measurements of another version are not reused. */
const MEASURING_VERSION = 2;

/** Standard error, or an end of an interval. */
const spread = z.number().nullable();

const evaluationSchema = z.object({
  perplexity: z.number(),
  perplexityLow: spread,
  perplexityHigh: spread,
  nll: z.number(),
  nllStderr: spread,
  tokens: z.int(),
  unit: z.enum(['document', 'chunk']),
  units: z.int(),
  ctx: z.int(),
  chunks: z.int(),
});

const comparedSchema = evaluationSchema.extend({
  perplexityRatio: z.number(),
  perplexityRatioStderr: spread,
  perplexityRatioLow: spread,
  perplexityRatioHigh: spread,
  klMean: z.number(),
  klMeanStderr: spread,
  klMeanLow: spread,
  klMeanHigh: spread,
  klP99: z.number(),
  klP99Stderr: spread,
  klP99Low: spread,
  klP99High: spread,
  top1Agreement: z.number(),
  top1Stderr: spread,
  top1Low: spread,
  top1High: spread,
});

/** Rows of version 1 took tokens as independent: their errors were too small, and are left out. */
const olderSchema = z
  .object({
    perplexity: z.number(),
    nll: z.number(),
    tokens: z.int(),
    ctx: z.int(),
    chunks: z.int(),
    klMean: z.number().exactOptional(),
    klP99: z.number().exactOptional(),
    top1Agreement: z.number().exactOptional(),
  })
  .transform((row): EvaluationResult => {
    const unknown = { perplexityLow: null, perplexityHigh: null, nllStderr: null };
    return { ...row, ...unknown, unit: 'chunk', units: row.chunks };
  });

const resultSchema: z.ZodType<EvaluationResult> = z.union([comparedSchema, evaluationSchema, olderSchema]);

/** What the row says beside its numbers. */
const settingsSchema = z.object({
  variant: variantSchema,
  label: z.string(),
  /** The full model that belongs to it. */
  full: z.object({ name: z.string(), fingerprint: z.string() }),
  /** Of the measured file. */
  fingerprint: z.string(),
  planId: z.int().nullable(),
  /** Experts a layer, of so many in the full model; older rows do not say. */
  keep: z.int().exactOptional(),
  nExpert: z.int().exactOptional(),
  /** `id` null: it came from a file; `domain` null: nobody said which. */
  text: z.object({ id: z.int().nullable(), name: z.string(), domain: z.string().nullable(), hash: z.string() }),
  /** At most so many chunks were asked for, 0: all of the text; older rows do not say. */
  chunkLimit: z.int().exactOptional(),
  /** Whether the plan was made for the text's domain; null: there is no plan. */
  inDomain: z.boolean().nullable(),
});
export type ComparisonSettings = Readonly<z.infer<typeof settingsSchema>>;

export type StoredComparison = Pick<StoredEvaluation, 'id' | 'createdMs'> & {
  readonly settings: ComparisonSettings;
  readonly result: EvaluationResult;
};

/** Everything that the numbers depend on. */
export type Measurement = {
  /** As `subjectHash` gives it. */
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

/** Equal for the same model with the same mask: a hash of its own, since masks are long. SHA-256, hex. */
export function subjectHash({ info, kept, ungrouped }: EvaluationSubject): string {
  return hashJson({ model: info.fingerprint, kept: kept ?? null, ungrouped: ungrouped ?? false });
}

/** Numbers that are stored already, whatever they were measured for. */
export function findResult(store: Store, measured: string): EvaluationResult | null {
  for (const { result } of findEvaluations(store, measured)) {
    const numbers = resultSchema.safeParse(result);
    if (numbers.success) return numbers.data;
  }
  return null;
}

/** Stores numbers for a variant and text. @returns the row, which is an old one where there is one */
export function keepResult(
  store: Store,
  modelPath: string,
  measured: string,
  settings: ComparisonSettings,
  result: EvaluationResult,
): number {
  const known = findEvaluations(store, measured).find((row) => isSame(read(row)?.settings, settings));
  if (!known) return addEvaluation(store, { modelPath, measured, settings, result }).id;
  // a plan may have been renamed meanwhile
  if (hashJson(known.settings) !== hashJson(settings)) saveEvaluationSettings(store, known.id, settings);
  return known.id;
}

function isSame(a: ComparisonSettings | undefined, b: ComparisonSettings): boolean {
  return a?.text.id === b.text.id && canonicalJson(a.variant) === canonicalJson(b.variant);
}

/** Newest first. What belongs to no plan and no file is not among them. */
export function listComparisons(store: Store): StoredComparison[] {
  return listEvaluations(store)
    .map(read)
    .filter((row) => row !== null);
}

/** Whether it is the full model's own: what the others are compared with. */
export function isOfFullModel({ settings: { variant, fingerprint, full } }: StoredComparison): boolean {
  return variant.kind === 'model' && fingerprint === full.fingerprint;
}

function read({ id, createdMs, settings, result }: StoredEvaluation): StoredComparison | null {
  const about = settingsSchema.safeParse(settings);
  const numbers = resultSchema.safeParse(result);
  return about.success && numbers.success ? { id, createdMs, settings: about.data, result: numbers.data } : null;
}
