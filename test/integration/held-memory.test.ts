// What a scoring worker holds in memory that no file stands behind, against what is estimated of it.
import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { forkingHost } from '../../electron/engine/base/backend/worker-host.ts';
import { gateInInput } from '../../electron/engine/models/architecture-rules.ts';
import { inspectModel } from '../../electron/engine/models/inspect.ts';
import { loadModel } from '../../electron/engine/models/placement/load-model.ts';
import {
  PROCESS_BYTES,
  RESERVED_BYTES,
  takeSnapshot,
} from '../../electron/engine/models/placement/machine-snapshot.ts';
import { type Batch, scoringContext } from '../../electron/engine/models/placement/packs.ts';
import { modelShape } from '../../electron/engine/models/placement/model-shape.ts';
import { placeModel } from '../../electron/engine/models/placement/place-model.ts';
import { sizeBuffers } from '../../electron/engine/models/placement/plan-batch.ts';
import { CPU, SAMPLE, seededTokens } from './support.ts';

const DEMO_TOKENS = 512;
const BATCH = { nSlice: 2048, kvType: 'f16' } as const;
/** How far off the estimate may be, either way. */
const TOLERANCE = 0.2;
/** Bytes that a worker may hold beyond its estimate: half of what plans leave free for what passes through the system's cache. */
const BEYOND = (RESERVED_BYTES - PROCESS_BYTES) / 2;

async function placed(backend: Backend) {
  const model = await inspectModel(SAMPLE, backend);
  const shape = modelShape(model);
  const snapshot = await takeSnapshot(CPU, backend);
  return { info: model.info, files: model.info, shape, snapshot, load: placeModel(shape, snapshot, CPU).load };
}

const lengthsOf = (tokens: number): number[] => new Array<number>(tokens / DEMO_TOKENS).fill(DEMO_TOKENS);

test('buffers of packed demos grow with the tokens, not with their square', async () => {
  using backend = new Backend('off');
  const model = await placed(backend);
  const ofTokens = async (nUbatch: number): Promise<number> => {
    const request = { lengths: lengthsOf(nUbatch), alone: false, threads: CPU.threads };
    const [buffers] = await sizeBuffers(model, request, [{ nUbatch, ...BATCH }], backend);
    return buffers![0]!.computeBytes;
  };
  expect((await ofTokens(16384)) / (await ofTokens(8192))).toBeLessThan(2.1);
});

/** As many as a plan asks for before it takes one, the last of them. */
const TRIED = [
  { nUbatch: 8192, nSlice: 2048, kvType: 'f16' },
  { nUbatch: 8192, nSlice: 512, kvType: 'f16' },
  { nUbatch: 4096, nSlice: 1024, kvType: 'f16' },
  { nUbatch: 2048, nSlice: 512, kvType: 'f16' },
] as const;

/** Bytes estimated for the last of the batches, and held after 8,192 tokens were scored by it; the others were asked about before. */
async function scoredWith(batches: readonly Batch[]): Promise<{ readonly estimated: number; readonly held: number }> {
  // as it is started for users: bundled, it would hold less
  vi.stubEnv('WINNOW_BUNDLES', undefined);
  let pid = 0;
  using backend = new Backend(
    'off',
    forkingHost((worker) => (pid = worker)),
  );
  const model = await placed(backend);
  const { info, load } = model;
  const lengths = lengthsOf(8192);
  const buffers = await sizeBuffers(model, { lengths, alone: false, threads: CPU.threads }, batches, backend);
  const [host] = buffers.at(-1)!;
  const estimated = host!.kvBytes + host!.computeBytes + PROCESS_BYTES;

  const { nVocab } = await loadModel(backend, info, CPU, { placed: load });
  const last = batches.at(-1)!;
  const pack = lengthsOf(last.nUbatch);
  for (let first = 0; first < lengths.length; first += pack.length) {
    await backend.call('score', {
      sequences: pack.map((length, at) => seededTokens(length, nVocab, first + at)),
      moeLayers: Int32Array.from(info.moeLayers),
      gateInInput: gateInInput(info.arch),
      ...scoringContext({ lengths, alone: false }, { ...last, threads: CPU.threads }),
      paging: null,
      taps: true,
    });
  }
  const held = 1024 * Number(/^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  return { estimated, held };
}

test.skipIf(process.platform !== 'linux')('cache, buffers and the worker are what was estimated', async () => {
  const { estimated, held } = await scoredWith([{ nUbatch: 8192, ...BATCH }]);
  expect(Math.abs(estimated / held - 1)).toBeLessThan(TOLERANCE);
});

// blocks that are freed and not given back made it 95 MB more than estimated
test.skipIf(process.platform !== 'linux')('buffers of batches that were only asked about do not stay', async () => {
  const { estimated, held } = await scoredWith(TRIED);
  expect(held - estimated).toBeLessThan(BEYOND);
});
