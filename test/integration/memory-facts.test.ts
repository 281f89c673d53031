// The cache that Winnow predicts from a header against the one that llama.cpp makes, for every architecture with experts
// that its own test can write.
import { describe, expect, test } from 'vitest';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { forkWorker, type WorkerHost } from '../../electron/engine/base/backend/worker-host.ts';
import { inspectModel } from '../../electron/engine/models/inspect.ts';
import { kvIsEstimated } from '../../electron/engine/models/placement/kv-cache.ts';
import { modelShape } from '../../electron/engine/models/placement/model-shape.ts';
import { memoryFacts } from '../../electron/engine/models/placement/conversation.ts';
import { architectureFiles, sampled, THREADS } from './support.ts';

const TOKENS = 300;
const MIB = 2 ** 20;
/** llama.cpp prints two decimals of up to two caches. */
const ROUNDING_BYTES = 0.02 * MIB;

/** They have no cache at all: each step sees the whole text. */
const DIFFUSION = ['llada-moe', 'rnd1'];

describe.each(sampled(architectureFiles(), 3))('$name', ({ name, path }) => {
  test('needs the cache that its header tells', async () => {
    let log = '';
    const host: WorkerHost = (spec) => {
      const worker = forkWorker(spec);
      worker.onLog((text) => (log += text));
      return worker;
    };
    using backend = new Backend('off', host);
    const model = await inspectModel(path, backend);
    await backend.call('load', {
      parts: [path],
      devices: [],
      gpuLayers: 0,
      deviceLayers: [],
      cpuExpertBlocks: [],
      repack: 'all',
      vocabOnly: false,
    });
    await backend.call('logits', {
      tokens: new Int32Array(TOKENS).fill(1),
      nUbatch: 512,
      nThreads: THREADS,
      kvType: 'f16',
    });
    await expect.poll(() => log).toMatch(/graph splits|splits = /);

    const sizes = [...log.matchAll(/llama_(?:kv_cache|memory_recurrent)\w*: size =\s+([\d.]+) MiB/g)];
    const madeBytes = sizes.reduce((sum, [, mib]) => sum + Number(mib) * MIB, 0);
    const ctx = Number(/n_ctx_seq\s+=\s+(\d+)/.exec(log)?.[1]);
    // llama.cpp takes more tokens than these were made for
    const info = { ...model.info, contextLength: 0 };
    const { kvBytes } = memoryFacts({ ...model, info, shape: modelShape(model) }, ctx);
    if (DIFFUSION.includes(name)) expect(madeBytes).toBe(0);
    else if (kvIsEstimated(model)) expect(kvBytes).toBeGreaterThan(madeBytes * 0.8);
    else expect(Math.abs(kvBytes - madeBytes)).toBeLessThan(ROUNDING_BYTES);
  });
});
