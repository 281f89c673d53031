// What the taps cost: the same prefill with and without them, alternately.
import type { ModelFacts } from '../../electron/contract/model-info.ts';
import type { Placement } from '../../electron/contract/requests.ts';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import type { WorkerHost } from '../../electron/engine/base/backend/worker-host.ts';
import { loadModel } from '../../electron/engine/models/placement/load-model.ts';
import { gateInInput } from '../../electron/engine/models/architecture-rules.ts';

/** Tokens of one sequence. */
const SEQUENCE_TOKENS = 512;

type ScoringSpeed = {
  /** Tokens per second of each run with taps. */
  readonly withTaps: readonly number[];
  readonly withoutTaps: readonly number[];
  /** The same with taps and with an importance matrix collected. */
  readonly withImportance: readonly number[];
  /** Bytes that left the device for each token and MoE layer. */
  readonly bytesPerTokenAndLayer: number;
  readonly tokens: number;
};

type ScoringBench = {
  readonly placement: Placement;
  readonly host: WorkerHost;
  /** Text to run through the model, repeated as often as needed. */
  readonly text: string;
  readonly tokens: number;
  readonly nUbatch: number;
  readonly runs: number;
  /** Measures nothing to compare with: the other lists stay empty. */
  readonly onlyWithTaps?: boolean;
};

/** @throws WinnowError errors of loading and scoring */
export async function measureScoring(info: ModelFacts, options: ScoringBench): Promise<ScoringSpeed> {
  using backend = new Backend(options.placement.gpu, options.host);
  await loadModel(backend, info, options.placement);
  const [tokens] = await backend.call('tokenize', {
    texts: [{ text: options.text, addSpecial: true, parseSpecial: false }],
  });
  const length = Math.min(SEQUENCE_TOKENS, options.nUbatch);
  const perBatch = Math.floor(options.nUbatch / length);
  const batches = Math.max(1, Math.round(options.tokens / (perBatch * length)));
  const total = batches * perBatch * length;
  const source = tokens ?? new Int32Array([0]);
  const sequence = (index: number): Int32Array =>
    Int32Array.from({ length }, (_, i) => source[(index * length + i) % source.length] ?? 0);

  const pass = async (taps: boolean, importance = false): Promise<{ speed: number; bytes: number }> => {
    await backend.call('setImportance', { inputs: [] });
    let bytes = 0;
    const started = performance.now();
    for (let batch = 0; batch < batches; batch++) {
      const sequences = Array.from({ length: perBatch }, (_, i) => sequence(batch * perBatch + i));
      const result = await backend.call('score', {
        sequences,
        moeLayers: Int32Array.from(info.moeLayers),
        gateInInput: gateInInput(info.arch),
        nCtx: perBatch * length,
        nUbatch: options.nUbatch,
        nSlice: 0,
        kvType: 'f16',
        paging: null,
        nSeqMax: perBatch,
        nLongest: length,
        nThreads: options.placement.threads,
        taps,
        importance,
      });
      bytes += result.tappedBytes;
    }
    return { speed: total / ((performance.now() - started) / 1000), bytes };
  };

  const warmUp = await pass(true); // reads the model from disk
  const withTaps: number[] = [];
  const withoutTaps: number[] = [];
  const withImportance: number[] = [];
  for (let run = 0; run < options.runs; run++) {
    if (!options.onlyWithTaps) withoutTaps.push((await pass(false)).speed);
    withTaps.push((await pass(true)).speed);
    if (!options.onlyWithTaps) withImportance.push((await pass(true, true)).speed);
  }
  return {
    withTaps,
    withoutTaps,
    withImportance,
    bytesPerTokenAndLayer: warmUp.bytes / (total * info.moeLayers.length),
    tokens: total,
  };
}
