// The rates of this machine that the cost function needs, each measured by itself.
import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { Backend } from '../../../electron/engine/base/backend/backend.ts';
import { forkWorker } from '../../../electron/engine/base/backend/worker-host.ts';
import { dropFromPageCache } from './page-cache.ts';
import { measureScoring } from '../../../electron/engine/experts/scoring/measure-scoring.ts';
import { EngineContext } from '../../../electron/engine/store/engine-context.ts';
import { sampleFiles } from '../../../electron/engine/base/files/sample-files.ts';
import { inspectModel } from '../../../electron/engine/models/inspect.ts';
import { diskRate } from '../../../electron/engine/experts/scoring/disk-rate.ts';
import { sampleFlops } from '../../../electron/engine/experts/scoring/processor-rate.ts';
import { attendedPairs, layerFlops } from '../../../electron/engine/models/placement/cost.ts';
import { modelShape } from '../../../electron/engine/models/placement/model-shape.ts';
import { median } from '../../../electron/engine/base/statistics/averages.ts';
import { table } from '../measured-documents.ts';
import type { ScaleBench } from './part.ts';

const READ_BYTES = 8 << 20;
const COPIED_BYTES = 256 << 20;
const SEQUENCE_TOKENS = 512;
const PREFILL_TOKENS = 2048;
const RUNS = 3;

export async function measuredRates(bench: ScaleBench): Promise<string> {
  const { three } = bench.models;
  const context = new EngineContext({ home: bench.home, host: forkWorker });
  const direct = await diskRate(context.store, three);
  context.close();
  const sample = await sampleFlops(bench.threads, forkWorker);
  const wide = await prefillFlops(bench);
  const rows = [
    ['disk, past the cache (what the engine measures)', `${gigabytes(direct ?? NaN)}/s`],
    ['disk, through the cache, in sequence', `${gigabytes(await cachedReadRate(three))}/s`],
    ['prefill of the 3 layers, Q8_0', gigaflops(wide)],
    [
      'prefill of the bundled model, Q8_0, width 256',
      `${gigaflops(sample)}; the 3 layers ${(wide / sample).toFixed(1)} ×`,
    ],
    ['RAM, one thread comparing', `${gigabytes(memoryRate())}/s`],
  ];
  return `FLOPs are counted as the cost function does; two threads.\n\n${table(['rate', 'measured'], rows)}`;
}

async function prefillFlops({ models, threads }: ScaleBench): Promise<number> {
  using backend = new Backend('off');
  const model = await inspectModel(models.three, backend);
  const shape = modelShape(model);
  const speed = await measureScoring(model.info, {
    placement: { gpu: 'off', gpuLayers: 0, cpuExpertLayers: 0, rpc: [], threads },
    host: forkWorker,
    text: readFileSync(sampleFiles('manual').text, 'utf8'),
    tokens: PREFILL_TOKENS,
    nUbatch: PREFILL_TOKENS,
    runs: RUNS,
  });
  const attended = attendedPairs(new Array<number>(PREFILL_TOKENS / SEQUENCE_TOKENS).fill(SEQUENCE_TOKENS));
  const tokens = { tokens: PREFILL_TOKENS, attended };
  const flops = shape.layers.reduce((sum, layer) => sum + layerFlops(shape, layer, tokens), 0);
  return (flops / PREFILL_TOKENS) * median(speed.withTaps);
}

async function cachedReadRate(path: string): Promise<number> {
  await dropFromPageCache([path]);
  const file = await open(path, 'r');
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  const started = performance.now();
  let bytes = 0;
  for (let read = READ_BYTES; read > 0; bytes += read) ({ bytesRead: read } = await file.read(buffer, 0, READ_BYTES));
  await file.close();
  return bytes / ((performance.now() - started) / 1000);
}

/** Two buffers that are equal to their ends: both are read. */
function memoryRate(): number {
  const [a, b] = [Buffer.alloc(COPIED_BYTES, 1), Buffer.alloc(COPIED_BYTES, 1)];
  const rates = Array.from({ length: RUNS }, () => {
    const started = performance.now();
    a.compare(b);
    return (2 * COPIED_BYTES) / ((performance.now() - started) / 1000);
  });
  return median(rates);
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
const gigaflops = (flops: number): string => `${(flops / 1e9).toFixed(0)} GFLOP/s`;
