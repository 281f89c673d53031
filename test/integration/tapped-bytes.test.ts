// What scoring brings off the device.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sampleFiles, SAMPLE_MODEL } from '../../electron/engine/base/files/sample-files.ts';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { forkWorker } from '../../electron/engine/base/backend/worker-host.ts';
import { measureScoring } from '../bench/measure-scoring.ts';
import { openModel } from '../../electron/engine/models/inspect.ts';

test('each token and layer brings the values of its experts off the device, and no more', async () => {
  using backend = new Backend('off');
  const { info } = await openModel(SAMPLE_MODEL, backend);
  const { bytesPerTokenAndLayer } = await measureScoring(info, {
    placement: { gpu: 'off', gpuLayers: 0, cpuExpertLayers: 0, rpc: [], threads: 1 },
    host: forkWorker,
    text: readFileSync(sampleFiles('manual').text, 'utf8'),
    tokens: 256,
    nUbatch: 256,
    runs: 1,
    onlyWithTaps: true,
  });
  // ids, weights and norms of four experts, and three scalars
  expect(bytesPerTokenAndLayer).toBe(4 * (3 * 4 + 3));
});
