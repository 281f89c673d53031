// Measures how fast a model and its pruned version run on the same memory: with as many parallel sequences as a budget holds,
// with a single sequence, and with so little physical memory that only the pruned one fits. The two take turns, each time in
// a worker of their own.
import { WinnowError } from '../../../contract/errors.ts';
import type { Placement } from '../../../contract/requests.ts';
import type { CallOptions } from '../../base/backend/worker-client.ts';
import type { WorkerHost } from '../../base/backend/worker-host.ts';
import { displayBytes } from '../../../contract/display-bytes.ts';
import type { InspectedModel } from '../../models/inspect.ts';
import { chatMemory, sequenceBytes } from '../../models/placement/chat-memory.ts';
import { modelShape } from '../../models/placement/model-shape.ts';
import { dropFromPageCache, LimitedWorkers } from './limited-workers.ts';
import type { MemoryCgroup } from './memory-cgroup.ts';
import type { Pair, ParallelSpeed, SequenceTokens, Speed, SpeedFromDisk, Throughput } from './throughput.ts';
import { withWarmModel, type WarmModel } from './warm-model.ts';

/** Bytes per logit: a float32 in the graph, and another in the output. */
const LOGIT_BYTES = 2 * 4;
/** Maximum sequences of a context: llama.cpp's LLAMA_MAX_SEQ. */
export const MAX_SEQUENCES = 256;

export type ThroughputBench = CallOptions & {
  readonly placement: Placement;
  readonly host: WorkerHost;
  readonly budgetBytes: number;
  /** Limits the memory for the single sequence; null: nothing runs under a limit. */
  readonly group: MemoryCgroup | null;
  /** Tokens of the parallel sequences. */
  readonly parallel: SequenceTokens;
  /** Tokens of the single sequence, with and without a limit. */
  readonly single: SequenceTokens;
  readonly nUbatch: number;
  readonly runs: number;
};

/** Memory of a model that runs sequences in parallel. */
type SequenceMemory = {
  readonly weightBytes: number;
  /** Compute buffers for `ubatchTokens` tokens at once. */
  readonly computeBytes: number;
  readonly ubatchTokens: number;
  /** Bytes that every sequence adds: its KV cache and its row of logits. */
  readonly bytesPerSequence: number;
};

type Models = Pair<InspectedModel>;
type Side = keyof Models;

/**
 * Measures the throughput of both models.
 * @throws WinnowError from loading; SELECTION_IMPOSSIBLE: not even the pruned model fits the budget; OUT_OF_MEMORY: the pruned
 * model does not run under the limit; CANCELLED
 */
export async function measureThroughput(models: Models, bench: ThroughputBench): Promise<Throughput> {
  const { budgetBytes, group, runs } = bench;
  const memory = {
    full: await sequenceMemory(models.full, bench),
    pruned: await sequenceMemory(models.pruned, bench),
  };
  const sequences = {
    full: sequencesWithin(budgetBytes, memory.full),
    pruned: sequencesWithin(budgetBytes, memory.pruned),
  };
  if (sequences.pruned === 0) throw doesNotFit(memoryOf(memory.pruned, 1), budgetBytes);
  const turns = new Turns(bench, runs * ((sequences.full > 0 ? 2 : 1) + (group ? 2 : 0)));
  return {
    ...(await measureWithinBudget(models, sequences, memory, bench, turns)),
    limited: group && (await measureLimited(models, group, bench, turns)),
  };
}

/** Memory of the model with `count` sequences, at least one. */
export function memoryOf(memory: SequenceMemory, count: number): number {
  const { weightBytes, computeBytes, ubatchTokens, bytesPerSequence } = memory;
  // llama.cpp's graph_reserve allocates buffers for a multiple of the sequences
  const reservedTokens = Math.ceil(ubatchTokens / count) * count;
  return weightBytes + Math.ceil((computeBytes * reservedTokens) / ubatchTokens) + count * bytesPerSequence;
}

/** The largest number of sequences, up to MAX_SEQUENCES, whose memory fits the budget; 0: not even one fits. */
export function sequencesWithin(budgetBytes: number, memory: SequenceMemory): number {
  for (let count = MAX_SEQUENCES; count > 0; count--) {
    if (memoryOf(memory, count) <= budgetBytes) return count;
  }
  return 0;
}

/** Memory by the formulas that choose experts for a budget, but with the compute buffers that llama.cpp actually allocates. */
async function sequenceMemory(model: InspectedModel, bench: ThroughputBench): Promise<SequenceMemory> {
  const tokens = tokensOf(bench.parallel);
  const { weightsBytes, computeBytes } = chatMemory({ ...model, shape: modelShape(model) }, tokens);
  // not the cache of a conversation: these sequences may be longer than the model's context
  const cacheBytes = sequenceBytes(model, tokens);
  return withModel(model, bench.parallel, bench, async ({ nVocab, buffers }) => ({
    weightBytes: weightsBytes,
    computeBytes: (await buffers())?.computeBytes ?? computeBytes,
    ubatchTokens: bench.nUbatch,
    bytesPerSequence: cacheBytes + LOGIT_BYTES * nVocab,
  }));
}

/** Measures parallel sequences. @param sequences number of parallel sequences; 0 for the full model: it does not fit */
async function measureWithinBudget(
  models: Models,
  sequences: Pair<number>,
  memory: Pair<SequenceMemory>,
  bench: ThroughputBench,
  turns: Turns,
): Promise<Pick<Throughput, 'budget' | 'single'>> {
  const { parallel, single } = bench;
  const bothFit = sequences.full > 0;
  const measured = await turns.take(bothFit ? ['full', 'pruned'] : ['pruned'], (side, run, onProgress) =>
    withModel(models[side], parallel, bench, async ({ speed, buffers }) => {
      const together = await speed(sequences[side], parallel, run, onProgress);
      const made = await buffers();
      return {
        together,
        allocatedBytes: made && memory[side].weightBytes + made.cacheBytes + made.computeBytes,
        alone: bothFit ? [await speed(1, single, run)] : [],
      };
    }),
  );
  const parallelSpeed = (side: Side): ParallelSpeed => ({
    sequences: sequences[side],
    neededBytes: memoryOf(memory[side], sequences[side]),
    allocatedBytes: measured[side][0]?.allocatedBytes ?? null,
    runs: measured[side].map(({ together }) => together),
  });
  const aloneSpeed = (side: Side): Speed[] => measured[side].flatMap(({ alone }) => alone);
  return {
    budget: {
      bytes: bench.budgetBytes,
      tokens: parallel,
      full: bothFit ? parallelSpeed('full') : null,
      fullNeedsBytes: memoryOf(memory.full, 1),
      pruned: parallelSpeed('pruned'),
    },
    single: bothFit ? { tokens: single, full: aloneSpeed('full'), pruned: aloneSpeed('pruned') } : null,
  };
}

async function measureLimited(
  models: Models,
  group: MemoryCgroup,
  bench: ThroughputBench,
  turns: Turns,
): Promise<Throughput['limited']> {
  const { single } = bench;
  const workers = new LimitedWorkers(group);
  const files = [...models.full.info.parts, ...models.pruned.info.parts];
  const killed = new Set<Side>();
  const measured = await turns.take(['full', 'pruned'], async (side, run, onProgress): Promise<SpeedFromDisk[]> => {
    if (killed.has(side)) return [];
    await dropFromPageCache(files);
    const killsBefore = group.memoryKills();
    try {
      return await withModel(models[side], single, { ...bench, host: workers.host }, async ({ speed }) => {
        const readBefore = workers.readBytes();
        const alone = await speed(1, single, run, onProgress);
        return [{ ...alone, readBytesPerToken: (workers.readBytes() - readBefore) / tokensOf(single) }];
      });
    } catch (error) {
      if (group.memoryKills() === killsBefore) throw error;
      if (side === 'pruned') throw killedUnderLimit(group.limitBytes, error);
      killed.add(side);
      return [];
    }
  });
  return {
    bytes: group.limitBytes,
    tokens: single,
    full: killed.has('full') ? null : measured.full.flat(),
    pruned: measured.pruned.flat(),
  };
}

function withModel<T>(
  model: InspectedModel,
  tokens: SequenceTokens,
  bench: ThroughputBench,
  use: (model: WarmModel) => Promise<T>,
): Promise<T> {
  return withWarmModel(model, { ...bench, warmUpTokens: tokensOf(tokens) }, use);
}

function tokensOf({ prompt, generate }: SequenceTokens): number {
  return prompt + generate;
}

/** Measures models in turns, so that other work on the machine affects them equally, and reports progress. */
class Turns {
  readonly #bench: Pick<ThroughputBench, 'runs' | 'onProgress'>;
  readonly #total: number;
  #done = 0;

  /** @param total total number of measurements */
  constructor(bench: Pick<ThroughputBench, 'runs' | 'onProgress'>, total: number) {
    this.#bench = bench;
    this.#total = total;
  }

  async take<T>(
    sides: readonly Side[],
    measure: (side: Side, run: number, onProgress: CallOptions['onProgress']) => Promise<T>,
  ): Promise<Pair<T[]>> {
    const measured: Pair<T[]> = { full: [], pruned: [] };
    for (let run = 1; run <= this.#bench.runs; run++) {
      for (const side of sides) {
        const onProgress = (done: number, of: number): void => this.#report(done / of);
        measured[side].push(await measure(side, run, onProgress));
        this.#done++;
        this.#report(0);
      }
    }
    return measured;
  }

  #report(ofCurrent: number): void {
    this.#bench.onProgress?.(this.#done + ofCurrent, this.#total);
  }
}

function doesNotFit(needed: number, budget: number): WinnowError {
  return new WinnowError(
    'SELECTION_IMPOSSIBLE',
    `Not even the pruned model fits the budget of ${displayBytes(budget)}: with one sequence it needs ${displayBytes(needed)}. Raise --budget, or lower --ubatch, --prompt and --generate.`,
    { budget, needed },
  );
}

function killedUnderLimit(limit: number, cause: unknown): WinnowError {
  return new WinnowError(
    'OUT_OF_MEMORY',
    `Not even the pruned model runs in ${displayBytes(limit)}: the system ended it for lack of memory. Raise --memory-limit.`,
    { limit },
    cause,
  );
}
