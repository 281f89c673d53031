// What an earlier run of the model tells of this machine.
import { expect, test } from 'vitest';
import { noteRun, runRates } from '../../../electron/engine/experts/scoring/plan-run.ts';
import { planCost, secondsOfCost, type ScoringPlan } from '../../../electron/engine/models/placement/cost.ts';
import { openStore } from '../../../electron/engine/store/database.ts';
import { typicalRates } from '../../../electron/engine/store/rates.ts';
import { tinyShape } from '../placement/shapes.ts';
import { temporaryHome } from '../store/support.ts';

const GB = 1e9;
const THREADS = 4;
const TYPICAL = typicalRates(THREADS);
const MODEL = 1;
const TOKENS = 4000;

/** Four layers of 0.9 GB. @param freeBytes of the host @param machine what lends memory */
function planWith(freeBytes: number, machine?: string): ScoringPlan {
  const tiny = tinyShape(4);
  const large = ({ bytes, parameters }: { bytes: number; parameters: number }) => ({
    bytes: bytes * 1e6,
    parameters: parameters * 1e6,
  });
  const layers = tiny.layers.map((layer) => ({ ...layer, experts: large(layer.experts), others: large(layer.others) }));
  const place = { devices: [], deviceLayers: [], gpuLayers: 0, cpuExpertLayers: 0, cpuExpertBlocks: [] };
  const there = { name: 'RPC0', kind: 'machine', totalBytes: GB, freeBytes: GB, isShared: false } as const;
  return {
    shape: { ...tiny, layers },
    lengths: [TOKENS],
    alone: false,
    snapshot: {
      host: { totalBytes: 64 * GB, freeBytes },
      gpus: [],
      machines: machine === undefined ? [] : [{ ...there, label: machine }],
    },
    load: {
      ...place,
      repack: 'none',
      ...(machine !== undefined && { devices: ['RPC0'], deviceLayers: [2], gpuLayers: 2 }),
    },
    threads: THREADS,
    batch: { nUbatch: 1000, nSlice: 0, kvType: 'f16' },
    buffers: null,
  };
}

test('a run tells how fast this machine computes, whether it read from disk or not', () => {
  for (const freeBytes of [64 * GB, 2 * GB]) {
    using store = Object.assign(openStore(temporaryHome()), { [Symbol.dispose]: () => store.close() });
    const { running } = planCost(planWith(freeBytes));
    const reading = running.disk! / TYPICAL('disk');
    const computing = running.host! / TYPICAL('host');
    // a half of the tokens, at half the typical speed
    const pass = { tokens: TOKENS / 2, seconds: reading / 2 + computing };
    noteRun(MODEL, planWith(freeBytes), pass, store);
    for (const plan of [planWith(64 * GB), planWith(2 * GB)]) {
      const { rates, isRough } = runRates(MODEL, plan, store);
      expect(isRough).toBe(false);
      expect(rates('host') / TYPICAL('host')).toBeCloseTo(0.5, 6);
      expect(rates('disk')).toBe(TYPICAL('disk'));
      const cost = planCost(plan);
      const read = cost.loading.disk! + cost.running.disk!;
      expect(secondsOfCost(cost, rates)).toBeCloseTo(2 * computing + read / TYPICAL('disk'), 3);
    }
  }
});

test('it tells of the very devices that computed it, machines included', () => {
  using store = Object.assign(openStore(temporaryHome()), { [Symbol.dispose]: () => store.close() });
  const isRough = (machine?: string): boolean => runRates(MODEL, planWith(64 * GB, machine), store).isRough;
  noteRun(MODEL, planWith(64 * GB, 'box:50052'), { tokens: TOKENS, seconds: 60 }, store);
  expect(isRough('box:50052')).toBe(false);
  expect(isRough('other:50052')).toBe(true);
  expect(isRough()).toBe(true);
});
