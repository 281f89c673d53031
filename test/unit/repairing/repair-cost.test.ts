import { expect, test } from 'vitest';
import { estimateOf, type ScoringPlan } from '../../../electron/engine/models/placement/estimate.ts';
import { typicalRates } from '../../../electron/engine/models/placement/rates.ts';
import { openStore } from '../../../electron/engine/store/database.ts';
import { fitFlops, noteFitted } from '../../../electron/engine/write/repairing/fit-cost.ts';
import {
  costOfRepair,
  secondsOfFile,
  type RepairedFile,
} from '../../../electron/engine/write/repairing/repair-cost.ts';
import type { RepairDemos } from '../../../electron/engine/write/repairing/repair-demos.ts';
import { tinyShape } from '../placement/shapes.ts';
import { temporaryHome } from '../store/support.ts';

const BYTES = 2 ** 40;
const known = { rates: typicalRates(2), confidence: 'calibrated' as const };
const shape = tinyShape(4);
const load = {
  devices: [],
  deviceLayers: [],
  gpuLayers: 0,
  cpuExpertLayers: 0,
  cpuExpertBlocks: [],
  repack: 'none' as const,
};

function planned(nDemos: number, tokens: number) {
  const fitted = Array.from({ length: nDemos }, () => new Int32Array(tokens));
  const judging = [{ tokens: new Int32Array(tokens), judged: new Uint8Array(tokens).fill(1, 1) }];
  const demos: RepairDemos = { domain: 'math', fitted, judging, seen: [] };
  const reading: ScoringPlan = {
    shape,
    lengths: fitted.map(({ length }) => length),
    alone: false,
    load,
    buffers: null,
    snapshot: { host: { totalBytes: BYTES, freeBytes: BYTES }, gpus: [], machines: [] },
    batch: { nUbatch: nDemos * tokens, nSlice: 0, kvType: 'f16' },
  };
  return { teacher: estimateOf(reading, known), demos, teacherBytes: 1000, reading, known, threads: 2 };
}

const downs = (nExpert: number) =>
  shape.layers.map((_, block) => ({
    name: `blk.${block}.ffn_down_exps.weight`,
    type: 'q8_0',
    ne: [shape.nFfExp, shape.nEmbd, nExpert],
    bytes: 64 * nExpert,
  }));
const file = (nExpert: number): RepairedFile => ({
  downs: downs(nExpert),
  bytes: 1e6,
});

test('a file takes its passes, the fit at this machine’s rate, and quantising', () => {
  const store = openStore(temporaryHome());
  const context = { store };
  const [few, many] = [planned(4, 1000), planned(16, 1000)];
  const plan = planned(8, 1000);
  const before = secondsOfFile(plan, file(shape.nExpert), context);
  expect(before.low).toBeLessThan(before.likely);
  expect(before.likely).toBeLessThan(before.high);
  expect(secondsOfFile(few, file(shape.nExpert), context).likely).toBeLessThan(before.likely);
  expect(secondsOfFile(many, file(shape.nExpert), context).likely).toBeGreaterThan(before.likely);
  expect(secondsOfFile(plan, { ...file(shape.nExpert), downs: downs(2) }, context).likely).toBeLessThan(before.likely);

  // a fit that takes a day more
  const flops = fitFlops(downs(shape.nExpert), 8000, shape.nExpertUsed);
  noteFitted(store, flops, 2, 86_400);
  const after = secondsOfFile(plan, file(shape.nExpert), context);
  expect(after.likely - before.likely).toBeGreaterThan(86_000);
  expect(after.likely - before.likely).toBeLessThan(86_401);
  store.close();
});

test('all of it is the recording and the file', () => {
  const store = openStore(temporaryHome());
  const plan = planned(8, 1000);
  const cost = costOfRepair(plan, file(shape.nExpert), { store });
  const own = secondsOfFile(plan, file(shape.nExpert), { store });
  expect(cost.seconds.likely).toBe(plan.teacher.seconds.likely + own.likely);
  expect(cost).toMatchObject({ tokens: 8000, demos: { fitted: 8, judging: 1 } });
  expect(cost.scratchBytes).toBe(1000 + 4 * 64 * shape.nExpert);
  store.close();
});

test('behind the fit, experts compute their down matrices alone where no device takes part', () => {
  const store = openStore(temporaryHome());
  noteFitted(store, 1e30, 2, 2); // takes no time
  const plan = planned(8, 1000);
  const floats = downs(shape.nExpert).map((down) => ({ ...down, type: 'f32' as const, ne: [4, 4, shape.nExpert] }));
  const { likely } = secondsOfFile(plan, { ...file(shape.nExpert), downs: floats }, { store });
  // a token multiplies 50 + 400 · 2 / 8 parameters of a layer before the fit, and 128 · 2 / 8 behind it
  const passed = 8000 * (1 + 32 / 150) + 2 * 1000;
  const { seconds } = estimateOf(plan.reading, known, { rounds: passed / 8000, logitShare: (2 * 999) / passed });
  expect(likely - seconds.likely).toBeCloseTo(1, 9); // a worker starts
  store.close();
});
