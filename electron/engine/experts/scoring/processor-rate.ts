// How fast this processor multiplies, measured by scoring a little text with the bundled model.
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { llamaSource } from '../../../../native/index.ts';
import { Backend } from '../../base/backend/backend.ts';
import type { WorkerHost } from '../../base/backend/worker-host.ts';
import { measureScoring } from './measure-scoring.ts';
import { SAMPLE_MODEL, sampleFiles } from '../../base/files/sample-files.ts';
import { openModel } from '../../models/inspect.ts';
import type { Store } from '../../store/database.ts';
import { getSetting, setSetting } from '../../store/settings.ts';
import { attendedPairs, layerFlops } from '../../models/placement/cost.ts';
import { modelShape } from '../../models/placement/model-shape.ts';

/** Four sequences in one ubatch: a fraction of a second on two cores. */
const TOKENS = 2048;
const SEQUENCE_TOKENS = 512;
/** The fastest run counts: another program can slow one down, but nothing speeds one up. */
const RUNS = 3;
/**
 * A model of real width uses the processor better than the bundled one, whose matrices are 256 wide: docs/SCALE.md.
 */
const WIDER_IS_FASTER = 2;
const KEY = 'scale.processor';

/** FLOP/s with one version of llama.cpp, indexed by processor. */
const ratesSchema = z.object({ llama: z.string(), flops: z.record(z.string(), z.number().positive()) });

/**
 * FLOP/s of a prefill on the processor, measured once for each version of llama.cpp, CPU backend and number of threads.
 * @throws WinnowError errors of loading and scoring; CANCELLED
 */
export async function processorFlops(
  store: Store,
  threads: number,
  host: WorkerHost,
  signal?: AbortSignal,
): Promise<number> {
  const llama = llamaSource().tag;
  const processor = `${threads} threads ${await instructionsOf(host, signal)}`;
  const known = knownFlops(store, llama);
  if (known[processor] !== undefined) return known[processor];
  const flops = WIDER_IS_FASTER * (await sampleFlops(threads, host, signal));
  setSetting(store, KEY, { llama, flops: { ...knownFlops(store, llama), [processor]: flops } });
  return flops;
}

function knownFlops(store: Store, llama: string): z.infer<typeof ratesSchema>['flops'] {
  const known = getSetting(store, KEY, ratesSchema);
  return known?.llama === llama ? known.flops : {};
}

/** The instructions that ggml's CPU backend in use was compiled for; they distinguish the backends. */
async function instructionsOf(host: WorkerHost, signal?: AbortSignal): Promise<string> {
  using backend = new Backend('off', host);
  const devices = await backend.call('devices', {}, { signal });
  return devices.flatMap(({ type, features }) => (type === 'cpu' ? features : [])).join(' ');
}

/** FLOP/s with the bundled model. */
async function sampleFlops(threads: number, host: WorkerHost, signal?: AbortSignal): Promise<number> {
  using backend = new Backend('off', host);
  const model = await openModel(SAMPLE_MODEL, backend);
  const shape = modelShape(model);
  const speed = await measureScoring(model.info, {
    placement: { gpu: 'off', gpuLayers: 0, cpuExpertLayers: 0, rpc: [], threads },
    host,
    text: await readFile(sampleFiles('manual').text, 'utf8'),
    tokens: TOKENS,
    nUbatch: TOKENS,
    runs: RUNS,
    onlyWithTaps: true,
    signal,
  });
  const attended = attendedPairs(new Array<number>(TOKENS / SEQUENCE_TOKENS).fill(SEQUENCE_TOKENS));
  const flops = shape.layers.reduce((sum, layer) => sum + layerFlops(shape, layer, { tokens: TOKENS, attended }), 0);
  return (flops / TOKENS) * Math.max(...speed.withTaps);
}
