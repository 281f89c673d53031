// Measures one loaded model on one text: perplexity, for a single text as llama-perplexity computes it, and KL divergence and top-1
// agreement against a reference's distributions.
import type { EvaluationFigures } from '../../../contract/api/evaluations.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import type { Placement } from '../../../contract/requests.ts';
import { msg } from '../../../contract/sentences.ts';
import type { Backend, LoadedModel } from '../../base/backend/backend.ts';
import { notFinite } from '../../base/backend/figures.ts';
import type { CallOptions } from '../../base/backend/worker-client.ts';
import type { NamedText } from '../../base/content/documents.ts';
import { isFiniteThroughout } from '../../base/statistics/numbers.ts';
import { comparisonFigures, ownFigures, unitSums, unitTokens } from './figures.ts';
import { chunkSequences, documentSequences } from './sequences.ts';
import { tokenizeText } from './tokenize-text.ts';

/** Tokens decoded together: several chunks, as llama-perplexity does, or documents. */
export const BATCH_TOKENS = 2048;
/** Minimum chunks of a text: a single one does not show how much chance contributes. */
const FEWEST_CHUNKS = 2;
/** Maximum bytes of logits that one batch holds; with a 150k vocabulary, two tokens take a megabyte. */
const LOGITS_BYTES = 512 << 20;

type TextOptions = {
  /** Tokens per chunk. */
  readonly ctx: number;
  /** Maximum chunks; undefined: the whole text. */
  readonly chunks?: number | undefined;
  readonly placement: Placement;
};

/** What is kept from the reference's pass over a text while others are compared with it. */
export type Reference = {
  /** File of its token distributions. */
  readonly path: string;
  readonly tokens: Int32Array;
  /** Nats, summed over each unit. */
  readonly nllSums: Float64Array;
};

/** Whether the loaded model becomes a reference, in this file, or is compared with one; empty: neither. */
type Comparing = { readonly writeTo?: string; readonly reference?: Reference };

/** Sums over each of the units that figures are computed over, for comparing choices that share a reference. */
export type ComparedSums = {
  /** Number of scored tokens. */
  readonly tokens: Uint32Array;
  /** Sum of nats. */
  readonly nll: Float64Array;
  /** Sum of KL divergences from the reference, in nats; null, like the two below: there was no reference. */
  readonly kl: Float64Array | null;
  /** Number of tokens with the reference's likeliest next token. */
  readonly top1: Float64Array | null;
  /** The reference's own sum of nats. */
  readonly sourceNll: Float64Array | null;
};

type MeasuredText = {
  readonly result: EvaluationFigures;
  readonly sums: ComparedSums;
  /** The reference that was written; null: none was. */
  readonly reference: Reference | null;
  /** What was changed in the text or left out, one line per kind. */
  readonly warnings: readonly string[];
};

/**
 * Measures the loaded model on a text.
 * @param backend holds the model, and its mask if there is one
 * @throws WinnowError TEXT_TOO_SHORT, GGUF_CORRUPT: a figure is not a number; CANCELLED, BACKEND_CRASHED, INTERNAL; USAGE: the reference
 * reads other tokens
 */
export async function measureText(
  backend: Backend,
  model: LoadedModel,
  info: ModelInfo,
  text: NamedText,
  { ctx, chunks, placement }: TextOptions,
  { writeTo, reference }: Comparing,
  callOptions: CallOptions,
): Promise<MeasuredText> {
  const { documents, length, warnings } = await tokenizeText(text, model, info, backend, callOptions.signal);
  const isSeparate = typeof text.text !== 'string';
  requireEnoughTokens(text, length, ctx);
  const cut = isSeparate
    ? documentSequences(documents, { ctx, chunks })
    : chunkSequences(documents[0]!.tokens, { ctx, chunks }, text.half);
  const { grouping, chunks: read, ...sequences } = cut;
  if (grouping.unitOf.length === 0)
    throw new WinnowError('TEXT_TOO_SHORT', msg('textWithoutAnswers', { name: text.name }), { text: text.name });
  const { tokens } = sequences;
  if (reference) requireSameTokens(text.name, tokens, reference.tokens);

  const longest = sequences.ends.reduce((most, end, i) => Math.max(most, end - (sequences.ends[i - 1] ?? 0)), 0);
  const { nll, kl, sameTop } = await backend.call(
    'perplexity',
    {
      ...sequences,
      bos: !isSeparate,
      nBatch: Math.max(BATCH_TOKENS, longest),
      nRows: Math.max(1, Math.floor(LOGITS_BYTES / (4 * model.nVocab))),
      nUbatch: BATCH_TOKENS,
      nThreads: placement.threads,
      baseOut: writeTo ?? null,
      baseIn: reference?.path ?? null,
    },
    callOptions,
  );
  const sums = {
    tokens: unitTokens(grouping),
    nll: unitSums(nll, grouping),
    kl: reference && kl ? unitSums(kl, grouping) : null,
    top1: reference && sameTop ? unitSums(sameTop, grouping) : null,
    sourceNll: reference?.nllSums ?? null,
  };
  const result: EvaluationFigures = {
    ...ownFigures(nll, grouping, { ctx, chunks: read }),
    ...(reference && kl && sameTop && comparisonFigures({ nll, kl, sameTop }, reference.nllSums, grouping)),
    ...(isSeparate && { separate: true }),
  };
  // a perplexity is an exponential, which may overflow for finite nats
  if (!isFiniteThroughout(result)) throw notFinite(backend.model, { text: text.name });
  return {
    result,
    sums,
    reference: writeTo === undefined ? null : { path: writeTo, tokens, nllSums: sums.nll },
    warnings,
  };
}

/**
 * Requires enough chunks in a single text.
 * @param tokens number of tokens of the whole text
 * @throws WinnowError TEXT_TOO_SHORT: a single text, or the half of one that is read, has too few chunks
 */
export function requireEnoughTokens({ name, text, half }: NamedText, tokens: number, ctx: number): void {
  const needed = (half === undefined ? FEWEST_CHUNKS : 2 * FEWEST_CHUNKS) * ctx;
  if (typeof text !== 'string' || tokens >= needed) return;
  const what = { name, tokens, ctx, needed };
  throw new WinnowError('TEXT_TOO_SHORT', msg('textTooShort', what), { text: name, tokens, ctx });
}

function requireSameTokens(name: string, tokens: Int32Array, expected: Int32Array): void {
  if (tokens.length === expected.length && tokens.every((token, i) => token === expected[i])) return;
  throw new WinnowError('USAGE', msg('tokensDiffer', { name }), { text: name });
}
