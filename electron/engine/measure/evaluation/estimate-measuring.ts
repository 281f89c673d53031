// Estimates how many tokens there are to measure on, and how long that takes, from the time of reading as many.
import type { ModelInfo } from '../../../contract/model-info.ts';
import type { Placement } from '../../../contract/requests.ts';
import { Backend, loadVocabulary, type ModelFiles } from '../../base/backend/backend.ts';
import type { NamedText } from '../../base/content/documents.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { planReading, runRates } from '../../experts/scoring/plan-run.ts';
import { planCost, secondsOfCost } from '../../models/placement/cost.ts';
import type { ModelShape } from '../../models/placement/model-shape.ts';
import { BATCH_TOKENS, requireEnoughTokens } from './measure-text.ts';
import { tokenizeText } from './tokenize-text.ts';

/** Perplexity is computed over the second half of each chunk. */
const LOGIT_SHARE = 0.5;
/** Seconds to start a worker and open a file. */
const LOAD_STARTS = 0.3;
/** Bytes of a stored distribution per entry of the vocabulary. */
const BYTES_A_LOGIT = 2;

/**
 * The most bytes that the full model's distributions on a text take on disk: of documents, almost every token may count.
 * @param tokens how many are read
 * @param nVocab entries of the vocabulary
 */
export function distributionBytes({ text }: NamedText, tokens: number, nVocab: number): number {
  const scored = typeof text === 'string' ? tokens * LOGIT_SHARE : tokens;
  return Math.ceil(scored) * nVocab * BYTES_A_LOGIT;
}

/** A model that reads a text. */
type ReadingModel = {
  readonly files: ModelFiles;
  readonly shape: ModelShape;
  /** The model's row in the store; null: it was never scored. */
  readonly modelRow: number | null;
};

/**
 * Estimates the seconds of measuring; all models count as if they were as large as the full one.
 * @param models how many of them read the tokens, one after the other
 * @param loads how many files are loaded for that: a preview uses the full model's
 * @throws WinnowError from the worker, as `planReading`
 */
export async function estimateMeasuring(
  { tokens, ctx }: { readonly tokens: number; readonly ctx: number },
  { files, shape, modelRow }: ReadingModel,
  placement: Placement,
  { store, host }: EngineContext,
  { models, loads }: { readonly models: number; readonly loads: number },
): Promise<number> {
  using backend = new Backend(placement.gpu, host);
  const lengths = Array.from({ length: Math.max(1, Math.ceil(tokens / ctx)) }, () => ctx);
  const plan = await planReading({ files, shape, lengths, alone: false, nUbatch: BATCH_TOKENS, placement }, backend);
  const cost = planCost(plan, { rounds: models, loads, logitShare: LOGIT_SHARE });
  return loads * LOAD_STARTS + secondsOfCost(cost, runRates(modelRow, plan, store).rates);
}

/**
 * Counts the tokens of each text as the model reads it; for one half of a single text, half of its tokens.
 * @throws WinnowError as `requireEnoughTokens`; from loading the vocabulary; the signal's reason
 */
export async function countTokens<Text extends NamedText>(
  texts: readonly Text[],
  info: ModelInfo,
  ctx: number,
  backend: Backend,
  signal: AbortSignal,
): Promise<ReadonlyMap<Text, number>> {
  const vocabulary = await loadVocabulary(backend, info);
  const counts = new Map<Text, number>();
  // the two halves of a single text share its tokens, which are counted once
  const lengths = new Map<NamedText['text'], number>();
  for (const text of texts) {
    const length = lengths.get(text.text) ?? (await tokenizeText(text, vocabulary, info, backend, signal)).length;
    lengths.set(text.text, length);
    requireEnoughTokens(text, length, ctx);
    const isHalved = text.half !== undefined && typeof text.text === 'string';
    counts.set(text, isHalved ? Math.floor(length / 2) : length);
  }
  return counts;
}
