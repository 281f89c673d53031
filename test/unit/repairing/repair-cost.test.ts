import { expect, test } from 'vitest';
import { toEstimate, type ScoringPlan } from '../../../electron/engine/models/placement/cost.ts';
import { typicalRates } from '../../../electron/engine/store/rates.ts';
import {
  costOfRepair,
  fitFlops,
  memoryOfFit,
  secondsOfFile,
  type RepairedFile,
} from '../../../electron/engine/write/repairing/repair-cost.ts';
import type { RepairDemos } from '../../../electron/engine/write/repairing/repair-demos.ts';
import { tinyShape } from '../placement/shapes.ts';

const BYTES = 2 ** 40;
const rates = typicalRates(2);
const shape = tinyShape(4);
const load = {
  devices: [],
  deviceLayers: [],
  gpuLayers: 0,
  cpuExpertLayers: 0,
  cpuExpertBlocks: [],
  repack: 'none' as const,
};

function planned(nDemos: number, tokens: number, speeds = rates) {
  const fitted = Array.from({ length: nDemos }, () => new Int32Array(tokens));
  const judging = [{ tokens: new Int32Array(tokens), judged: new Uint8Array(tokens).fill(1, 1) }];
  const demos: RepairDemos = { domain: 'math', fitted, judging, seen: [] };
  const reading: ScoringPlan = {
    shape,
    lengths: fitted.map(({ length }) => length),
    alone: false,
    load,
    threads: 2,
    buffers: null,
    snapshot: { host: { totalBytes: BYTES, freeBytes: BYTES }, gpus: [], machines: [] },
    batch: { nUbatch: nDemos * tokens, nSlice: 0, kvType: 'f16' },
  };
  const of = { rates: speeds, isRough: false };
  return { teacher: toEstimate(reading, of), demos, teacherBytes: 1000, reading, rates: of };
}

const downs = (nExpert: number) =>
  shape.layers.map((_, block) => ({
    name: `blk.${block}.ffn_down_exps.weight`,
    type: 'q8_0',
    ne: [shape.nFfExp, shape.nEmbd, nExpert],
    bytes: 64 * nExpert,
  }));
const file = (nExpert: number): RepairedFile => ({ downs: downs(nExpert), bytes: 1e6 });

const down = (nExpert: number, nFf = 128) => ({
  name: 'blk.0.ffn_down_exps.weight',
  type: 'q8_0',
  ne: [nFf, 256, nExpert],
  bytes: 34_816 * nExpert,
});

test('a file takes its passes, the fit at this machine’s rate, and quantising', () => {
  const whole = file(shape.nExpert);
  const before = secondsOfFile(planned(8, 1000), whole);
  expect(secondsOfFile(planned(4, 1000), whole)).toBeLessThan(before);
  expect(secondsOfFile(planned(16, 1000), whole)).toBeGreaterThan(before);
  expect(secondsOfFile(planned(8, 1000), { ...whole, downs: downs(2) })).toBeLessThan(before);

  const flops = fitFlops(whole.downs, 8000, shape.nExpertUsed);
  const slow = planned(8, 1000, (kind) => (kind === 'fit' ? flops / 86_400 : rates(kind)));
  expect(secondsOfFile(slow, whole) - before).toBeCloseTo(86_400 - flops / rates('fit'), 3);
});

test('all of it is the recording and the file', () => {
  const plan = planned(8, 1000);
  const cost = costOfRepair(plan, file(shape.nExpert));
  expect(cost.seconds).toBe(plan.teacher.seconds + secondsOfFile(plan, file(shape.nExpert)));
  expect(cost).toMatchObject({ tokens: 8000, demos: { fitted: 8, judging: 1 } });
  expect(cost.scratchBytes).toBe(1000 + 4 * 64 * shape.nExpert);
});

test('of many tokens products grow with them, and with the experts’ width; of few, with their square and the embedding', () => {
  const ofTokens = (tokens: number, nExpert = 8, nFf = 128): number => fitFlops([down(nExpert, nFf)], tokens, 4);
  // 4000 pairs more, of 500 an expert and more: n_ff · (n_ff / 2 + 2 sweeps · 2 products · n_embd) each
  expect(ofTokens(2000) - ofTokens(1000)).toBe(2 * 4000 * 128 * (64 + 4 * 256));
  // 50 pairs an expert: their products with each other, an inverse, one product with n_embd a sweep, and the change
  const byPairs = (n: number): number => 2 * 8 * (n ** 2 * 64 + n ** 3 + 2 * n ** 2 * 256 + n * 128 * 256);
  expect(ofTokens(100)).toBe(byPairs(50));
  expect(ofTokens(384)).toBe(byPairs(192));
  expect(ofTokens(386)).toBeGreaterThan(byPairs(192));
  expect(ofTokens(386)).toBeLessThan(1.1 * byPairs(193)); // where the two cross
  expect(fitFlops([down(8), down(8)], 1000, 4)).toBe(2 * ofTokens(1000));
});

test('memory is that of the largest block', () => {
  const one = memoryOfFit([down(8)], 1000, 4);
  expect(memoryOfFit([down(8), down(4)], 1000, 4)).toBe(one);
  expect(memoryOfFit([down(32)], 1000, 4)).toBeGreaterThan(memoryOfFit([down(16)], 1000, 4));
  const [inputs, lacks, changes] = [1000 * 4 * 130, 2 * 1000 * 256, 8 * 128 * (128 + 256)];
  const slice = 1000 * 4 * 128;
  expect(one).toBe(4 * (inputs + slice + lacks + changes + 6 * 1000 * 128) + 3 * 8 * 34_816);
  // of many tokens a slice runs at once
  const [few, more] = [memoryOfFit([down(64)], 2000, 4), memoryOfFit([down(64)], 3000, 4)];
  const wider = 64 * (187.5 * (187.5 + 256) - 128 * (128 + 256)); // fitted by 187.5 pairs an expert
  expect(more - few).toBe(4 * (1000 * (4 * 130 + 2 * 256 + (6 * 4 * 4 * 128) / 64) + wider));
});
