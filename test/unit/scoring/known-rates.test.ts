// What an earlier run of the model tells of this machine's rates.
import { expect, test } from 'vitest';
import { forkWorker } from '../../../electron/engine/base/backend/worker-host.ts';
import { planCost, type ScoringPlan } from '../../../electron/engine/models/placement/estimate.ts';
import { typicalRates } from '../../../electron/engine/models/placement/rates.ts';
import { computedOn } from '../../../electron/engine/experts/scoring/computed-on.ts';
import { knownRates } from '../../../electron/engine/experts/scoring/known-rates.ts';
import { openStore, type Store } from '../../../electron/engine/store/database.ts';
import { rememberModel } from '../../../electron/engine/store/models.ts';
import { createScoreRun } from '../../../electron/engine/store/score-runs.ts';
import { tinyShape } from '../placement/shapes.ts';
import { temporaryHome } from '../store/support.ts';
import { MODEL } from '../store/tiny-run.ts';

const GB = 1e9;
const THREADS = 4;
const TYPICAL = typicalRates(THREADS);
const TOKENS = 4000;
const BATCH = { nUbatch: 1000, nSlice: 0, kvType: 'f16' } as const;
const LOAD = { devices: [], deviceLayers: [], gpuLayers: 0, cpuExpertLayers: 0, cpuExpertBlocks: [] };

/** Four layers of 0.9 GB. @param freeBytes of the host now */
function planWith(freeBytes: number): ScoringPlan {
  const tiny = tinyShape(4);
  const large = ({ bytes, parameters }: { bytes: number; parameters: number }) => ({
    bytes: bytes * 1e6,
    parameters: parameters * 1e6,
  });
  const layers = tiny.layers.map((layer) => ({ ...layer, experts: large(layer.experts), others: large(layer.others) }));
  return {
    shape: { ...tiny, layers },
    lengths: [TOKENS],
    alone: false,
    snapshot: { host: { totalBytes: 64 * GB, freeBytes }, gpus: [], machines: [] },
    load: { ...LOAD, repack: 'none' },
    batch: BATCH,
    buffers: null,
  };
}

function addRun(
  store: Store,
  modelId: number,
  repack: 'all' | 'others' | 'none',
  seconds: number,
  plan: ScoringPlan | null = planWith(64 * GB),
): void {
  const placement = { devices: [], gpuLayers: 0, cpuExpertLayers: 0, repack };
  const settings = { ...BATCH, threads: THREADS, placement };
  const demos = [{ hash: 'a'.repeat(64), id: 'demo', tokens: TOKENS }];
  const { id } = createScoreRun(store, {
    modelId,
    domain: 'python',
    settings,
    demos,
    ...(plan && { computedOn: computedOn(plan) }),
  });
  store.run("UPDATE score_runs SET state = 'done', seconds = ? WHERE id = ?", seconds, id);
}

function opened(): Store & Disposable {
  const store = openStore(temporaryHome());
  return Object.assign(store, { [Symbol.dispose]: () => store.close() });
}

const ratesOf = (store: Store, plan: ScoringPlan, modelRow: number) =>
  knownRates({ store, host: forkWorker, plan, threads: THREADS, path: '/nowhere', modelRow });

test('a run that had memory to spare tells how fast this machine computes, not how fast it reads', async () => {
  using store = opened();
  const modelRow = rememberModel(store, MODEL).id;
  const ample = planWith(64 * GB);
  const { cost } = planCost(ample, TYPICAL);
  const computing = cost.seconds - cost.parts.disk;
  addRun(store, modelRow, 'all', 2 * computing);
  // also when there is less memory now than the model takes
  for (const plan of [ample, planWith(2 * GB)]) {
    const { rates, confidence } = await ratesOf(store, plan, modelRow);
    expect(confidence).toBe('measured');
    expect(rates.host.flops / TYPICAL.host.flops).toBeCloseTo(0.5, 6);
    expect(rates.disk.rate).toBe(TYPICAL.disk.rate);
  }
  const { rates } = await ratesOf(store, planWith(2 * GB), modelRow);
  const limited = planCost(planWith(2 * GB), rates).cost;
  expect(limited.residency).toBe('layer');
  expect(limited.seconds).toBeCloseTo(2 * computing + limited.readBytes / TYPICAL.disk.rate, 3);
});

test('it goes before a later one whose reading depended on what was free then', async () => {
  using store = opened();
  const modelRow = rememberModel(store, MODEL).id;
  const { cost } = planCost(planWith(64 * GB), TYPICAL);
  addRun(store, modelRow, 'all', 2 * (cost.seconds - cost.parts.disk));
  addRun(store, modelRow, 'others', 5 * cost.seconds);
  const { rates } = await ratesOf(store, planWith(2 * GB), modelRow);
  expect(rates.host.flops / TYPICAL.host.flops).toBeCloseTo(0.5, 6);
});

test('a run tells of the very devices that computed it, machines included', async () => {
  using store = opened();
  const modelRow = rememberModel(store, MODEL).id;
  // so few tokens that nothing is measured first
  const here = { ...planWith(64 * GB), lengths: [100] };
  const onMachine = (label: string): ScoringPlan => ({
    ...here,
    load: { ...here.load, devices: ['RPC0'], deviceLayers: [2], gpuLayers: 2 },
    snapshot: {
      ...here.snapshot,
      machines: [{ name: 'RPC0', kind: 'machine', label, totalBytes: GB, freeBytes: GB, isShared: false }],
    },
  });
  const confidence = async (plan: ScoringPlan) => (await ratesOf(store, plan, modelRow)).confidence;
  const { cost } = planCost({ ...onMachine('box:50052'), lengths: [TOKENS] }, TYPICAL);
  addRun(store, modelRow, 'none', cost.seconds, null);
  addRun(store, modelRow, 'none', cost.seconds, onMachine('box:50052'));
  expect(await confidence(onMachine('box:50052'))).toBe('measured');
  expect(await confidence(onMachine('other:50052'))).toBe('rough');
  expect(await confidence(here)).toBe('rough');
});
