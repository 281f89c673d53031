// Measures, before a first long run, what this machine does in a second: reading from a disk, and a prefill's products.
import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { llamaSource } from '../../../../native/index.ts';
import { Backend } from '../../base/backend/backend.ts';
import type { WorkerHost } from '../../base/backend/worker-host.ts';
import { SAMPLE_MODEL } from '../../base/files/sample-files.ts';
import { sum } from '../../base/statistics/averages.ts';
import { openModel } from '../../models/inspect.ts';
import { gateInInput } from '../../models/architecture-rules.ts';
import { attendedPairs, layerFlops } from '../../models/placement/cost.ts';
import { loadModel } from '../../models/placement/load-model.ts';
import { modelShape } from '../../models/placement/model-shape.ts';
import { scoringContext } from '../../models/placement/packs.ts';
import type { Store } from '../../store/database.ts';
import { measuredRate, noteRate } from '../../store/rates.ts';

const PIECE_BYTES = 4 << 20;
const PIECES = 32;
/** The longest measurement: a hanging connection must not delay an estimate. */
const TIMEOUT_MS = 10_000;

/** Four sequences in one ubatch: a fraction of a second on two cores. */
const LENGTHS = [512, 512, 512, 512];
/** The fastest run counts: another program can slow one down, but nothing speeds one up. */
const RUNS = 3;
/** A model of real width uses the processor better than the bundled one, whose matrices are 256 wide: docs/SCALE.md. */
const WIDER_IS_FASTER = 2;

/**
 * Bytes/s of the disk that holds the file, read past the system's cache once for each disk.
 * @returns undefined: the file is too small for a measurement, or this system's dd cannot do that
 */
export async function diskRate(store: Store, path: string): Promise<number | undefined> {
  const file = await stat(path).catch(() => null);
  if (!file || file.size < PIECES * PIECE_BYTES) return undefined;
  const key = `disk ${file.dev}`;
  const skip = Math.floor((file.size / PIECE_BYTES - PIECES) / 2);
  const args = [`if=${path}`, 'of=/dev/null', 'iflag=direct', `bs=${PIECE_BYTES}`, `count=${PIECES}`, `skip=${skip}`];
  return measuredOnce(store, key, PIECES * PIECE_BYTES, async () => {
    const started = performance.now();
    await promisify(execFile)('dd', args, { timeout: TIMEOUT_MS });
    return (performance.now() - started) / 1000;
  }).catch(() => undefined);
}

/**
 * FLOP/s of a prefill on the processor, measured with the bundled model once for each version of llama.cpp, CPU backend and number of
 * threads.
 * @throws WinnowError errors of loading and scoring; CANCELLED
 */
export async function processorFlops(
  store: Store,
  threads: number,
  host: WorkerHost,
  signal?: AbortSignal,
): Promise<number> {
  using backend = new Backend('off', host);
  const devices = await backend.call('devices', {}, { signal });
  // the instructions that ggml's CPU backend in use was compiled for distinguish the backends
  const features = devices.flatMap((device) => (device.type === 'cpu' ? device.features : []));
  const key = ['host', threads, llamaSource().tag, ...features].join(' ');
  const model = await openModel(SAMPLE_MODEL, backend);
  const shape = modelShape(model);
  const tokens = sum(LENGTHS);
  const flops = sum(shape.layers.map((layer) => layerFlops(shape, layer, tokens, attendedPairs(LENGTHS))));
  return await measuredOnce(store, key, WIDER_IS_FASTER * flops, async () => {
    const { info } = model;
    await loadModel(backend, info, { gpu: 'off', gpuLayers: 0, cpuExpertLayers: 0, rpc: [], threads }, { signal });
    const sequences = LENGTHS.map((length) => Int32Array.from({ length }, (_, i) => (i * i) % shape.nVocab));
    const batch = { nUbatch: tokens, nSlice: 0, kvType: 'f16' as const, threads };
    const asked = {
      ...scoringContext({ lengths: LENGTHS, alone: false }, batch),
      sequences,
      moeLayers: Int32Array.from(info.moeLayers),
      gateInInput: gateInInput(info.arch),
      paging: null,
      taps: true,
      importance: false,
    };
    const seconds: number[] = [];
    for (let run = 0; run <= RUNS; run++) {
      const started = performance.now();
      await backend.call('score', asked, { signal });
      seconds.push((performance.now() - started) / 1000);
    }
    return Math.min(...seconds);
  });
}

/** @param measure seconds that the amount takes */
async function measuredOnce(
  store: Store,
  key: string,
  amount: number,
  measure: () => Promise<number>,
): Promise<number> {
  const known = measuredRate(store, key);
  if (known !== undefined) return known;
  const rate = amount / (await measure());
  noteRate(store, key, rate);
  return rate;
}
