// Lets the model in a worker continue prompts.
import { WinnowError } from '../../../contract/errors.ts';
import type { Backend } from '../../base/backend/backend.ts';
import type { Event, Params, Result } from '../../base/backend/protocol.ts';
import type { CallOptions } from '../../base/backend/worker-client.ts';

/** Maximum prompts that are continued in parallel, which reads the weights once for all of them. */
const MOST_SEQUENCES = 16;
/** Maximum tokens in the cache of all sequences together, unless a single sequence needs more. */
const CACHE_TOKENS = 16_384;
const N_UBATCH = 512;
/** The value recommended for sampling reasoning models. */
const TOP_P = 0.95;
const FIRST_SEED = 1;

type Completed = {
  readonly text: string;
  readonly tokens: Int32Array;
  /** `eog`: the model ended its turn; `length`: the limit was reached. */
  readonly stop: 'eog' | 'length';
};

type GenerateCall = CallOptions & {
  /** Receives new parts of completions while they are generated. */
  readonly onEvent?: (parts: Event<'generate'>) => void;
};

type CompletionOptions = GenerateCall & {
  /** 0: always the likeliest token. */
  readonly temperature: number;
  /** Seeds of the prompts. Default: 1, 2, … */
  readonly seeds?: readonly number[];
  /** Maximum tokens per completion. */
  readonly maxTokens: number;
  /** Context length of the model; 0: not known. */
  readonly contextLength: number;
  readonly threads: number;
};

/**
 * Completes prompts. The same call gives the same completions on the same machine.
 * @param backend holds the model, and its mask if there is one
 * @param prompts tokens; none is empty
 * @returns one completion a prompt
 * @throws WinnowError OUT_OF_MEMORY: not even one sequence fits; CANCELLED, BACKEND_CRASHED, INTERNAL
 */
export async function completePrompts(
  backend: Backend,
  prompts: readonly Int32Array[],
  { temperature, seeds, maxTokens, contextLength, threads, ...call }: CompletionOptions,
): Promise<Completed[]> {
  const params = {
    prompts: [...prompts],
    seeds: Int32Array.from(seeds ?? prompts.map((_, i) => FIRST_SEED + i)),
    ...sideBySide(prompts, maxTokens, contextLength),
    nUbatch: N_UBATCH,
    nThreads: threads,
    maxTokens,
    temperature,
    topP: TOP_P,
    minP: 0,
  };
  const { completions } = await generateWithin(backend, params, call);
  const texts = await readTexts(completions, backend);
  return completions.map(({ tokens, stop }, i) => ({ tokens, stop, text: texts[i] ?? '' }));
}

/**
 * How many prompts are continued in parallel, and the tokens in the cache of each.
 * @param prompts tokens; none is empty
 */
function sideBySide(
  prompts: readonly Int32Array[],
  maxTokens: number,
  contextLength: number,
): { readonly nCtx: number; readonly nSeq: number } {
  const longest = prompts.reduce((length, prompt) => Math.max(length, prompt.length), 0);
  const nCtx = Math.min(longest + maxTokens, contextLength > 0 ? contextLength : Infinity);
  return { nCtx, nSeq: Math.min(MOST_SEQUENCES, prompts.length, Math.max(1, Math.floor(CACHE_TOKENS / nCtx))) };
}

/** Generates, with fewer sequences if the cache does not fit into memory. */
async function generateWithin(
  backend: Backend,
  params: Params<'generate'>,
  call: GenerateCall,
): Promise<Result<'generate'>> {
  try {
    return await backend.call('generate', params, call);
  } catch (error) {
    if (!(error instanceof WinnowError) || error.code !== 'OUT_OF_MEMORY' || params.nSeq === 1) throw error;
    return generateWithin(backend, { ...params, nSeq: Math.ceil(params.nSeq / 2) }, call);
  }
}

/** The texts of completions, with special tokens written out. A character that is cut off at the end is left out. */
async function readTexts(completions: Result<'generate'>['completions'], backend: Backend): Promise<string[]> {
  const tokens = Int32Array.from(completions.flatMap((completion) => [...completion.tokens]));
  const { bytes, ends } = await backend.call('tokenPieces', { tokens });
  let from = 0;
  let start = 0;
  return completions.map((completion) => {
    from += completion.tokens.length;
    const end = from === 0 ? 0 : (ends[from - 1] ?? 0);
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(start, end), { stream: true });
    start = end;
    return text;
  });
}
