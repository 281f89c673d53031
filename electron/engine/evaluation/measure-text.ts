// One loaded model on one text: perplexity as llama-perplexity computes it, and against a reference's distributions KL
// divergence and top-1 agreement.
import { WinnowError } from '../../contract/errors.ts';
import type { Placement } from '../../contract/requests.ts';
import type { Backend } from '../backend/backend.ts';
import type { LoadedModel } from '../backend/load-model.ts';
import type { CallOptions } from '../backend/worker-client.ts';
import type { Result } from '../backend/protocol.ts';
import { comparisonFigures, evaluationFigures, type ComparisonFigures, type EvaluationFigures } from './statistics.ts';

/** Tokens decoded together: several chunks, as llama-perplexity does. */
const BATCH_TOKENS = 2048;
/** Bound on the logits that one batch holds; a 150k vocabulary makes a megabyte in two tokens. */
const LOGITS_BYTES = 512 << 20;

export type NamedText = { readonly name: string; readonly text: string };

export type TextOptions = {
  /** Tokens a chunk. */
  readonly ctx: number;
  /** At most so many chunks; undefined: the whole text. */
  readonly chunks?: number | undefined;
  readonly placement: Placement;
};

/** Files of token distributions: where a reference writes its own, or where a subject reads the reference's. */
export type BaseFiles = { readonly baseOut: string | null; readonly baseIn: string | null };

export type EvaluationResult = EvaluationFigures & {
  readonly ctx: number;
  readonly chunks: number;
} & Partial<ComparisonFigures>;

/**
 * @param backend holds the model, and its mask if there is one
 * @throws WinnowError TEXT_TOO_SHORT, CANCELLED, BACKEND_CRASHED, INTERNAL
 */
export async function measureText(
  backend: Backend,
  model: LoadedModel,
  { name, text }: NamedText,
  options: TextOptions,
  base: BaseFiles,
  callOptions: CallOptions,
): Promise<EvaluationResult> {
  const [tokens] = await backend.call('tokenize', { texts: [{ text, addSpecial: true, parseSpecial: false }] });
  const length = tokens?.length ?? 0;
  if (!tokens || length < 2 * options.ctx) {
    throw new WinnowError(
      'TEXT_TOO_SHORT',
      `${name} has ${length} tokens; a context of ${options.ctx} needs at least ${2 * options.ctx}. Use a longer text or a smaller context.`,
      { text: name, tokens: length, ctx: options.ctx },
    );
  }
  const rowsAllowed = LOGITS_BYTES / (4 * model.nVocab);
  const sequences = Math.max(
    1,
    Math.min(Math.floor(BATCH_TOKENS / options.ctx), Math.floor((2 * rowsAllowed) / options.ctx)),
  );
  const result = await backend.call(
    'perplexity',
    {
      tokens,
      nCtx: options.ctx,
      nBatch: sequences * options.ctx,
      nUbatch: BATCH_TOKENS,
      nThreads: options.placement.threads,
      nChunks: options.chunks ?? -1,
      ...base,
    },
    callOptions,
  );
  return summarise(result, options.ctx);
}

function summarise(result: Result<'perplexity'>, ctx: number): EvaluationResult {
  const figures = { ...evaluationFigures(result.nll), ctx, chunks: result.nChunks };
  return result.kl && result.sameTop ? { ...figures, ...comparisonFigures(result.kl, result.sameTop) } : figures;
}
