// How a run is planned that resembles one that is stored.
import { expect, test } from 'vitest';
import type { Backend } from '../../../electron/engine/base/backend/backend.ts';
import { RESERVED_BYTES } from '../../../electron/engine/models/placement/machine-snapshot.ts';
import { planRun } from '../../../electron/engine/experts/scoring/plan-run.ts';
import { openStore, type Store } from '../../../electron/engine/store/database.ts';
import { rememberModel } from '../../../electron/engine/store/models.ts';
import { createScoreRun } from '../../../electron/engine/store/score-runs.ts';
import { idleTask } from '../../../electron/engine/store/task.ts';
import { tinyShape } from '../placement/shapes.ts';
import { temporaryHome } from '../store/support.ts';
import { MODEL } from '../store/tiny-run.ts';

const MIB = 2 ** 20;
const BUFFERS = 10 * MIB;
const LAYER = 100 * MIB;
/** Two and a half layers fit beside the worker and the buffers. */
const ROOM = RESERVED_BYTES + BUFFERS + 2.5 * LAYER;
const DEMOS = Array.from({ length: 40 }, (_, i) => ({ hash: `${i}`.padStart(64, '0'), id: `demo ${i}`, tokens: 512 }));

const backend = {
  call: (_: string, { contexts }: { contexts: readonly unknown[] }) =>
    Promise.resolve(contexts.map(() => [{ device: 'CPU', cacheBytes: 0, computeBytes: BUFFERS }])),
} as unknown as Backend;

function plan(
  store: Store,
  modelRow: number,
  { on = backend, hasBegun = false }: { readonly on?: Backend; readonly hasBegun?: boolean } = {},
) {
  const tiny = tinyShape(4);
  const layers = tiny.layers.map((layer) => ({ ...layer, experts: { bytes: LAYER, parameters: 0 } }));
  const subject = {
    ...{ info: MODEL, predictionLayers: [], shape: { ...tiny, layers }, modelId: modelRow, domain: 'python' },
    ...{ demos: DEMOS, isRecurrent: false, unwritten: [] },
  };
  const placement = { gpu: 'off', gpuLayers: 0, cpuExpertLayers: 0, rpc: [], threads: 4, memoryLimit: ROOM } as const;
  return planRun(
    subject,
    { placement: { ...placement, rpc: [] }, nUbatch: 'auto', maxTokens: 0, fresh: false },
    { ...idleTask(), rows: hasBegun ? { runId: 1 } : {} },
    store,
    on,
  );
}

function storeRun(store: Store, modelId: number, settings: object): void {
  const { id } = createScoreRun(store, { modelId, domain: 'python', settings, demos: DEMOS });
  store.run("UPDATE score_runs SET state = 'done' WHERE id = ?", id);
}

test('the system is told what comes next in every pass that is computed', async () => {
  const store = openStore(temporaryHome());
  const modelRow = rememberModel(store, MODEL).id;
  const first = await plan(store, modelRow);
  expect(first.paging).not.toBeNull();
  storeRun(store, modelRow, first.settings);
  expect(await plan(store, modelRow)).toMatchObject({
    settings: first.settings,
    paging: null,
  });
  store.close();
});

test('a run with a quantised cache is taken up while memory is short, and no longer', async () => {
  const store = openStore(temporaryHome());
  const modelRow = rememberModel(store, MODEL).id;
  /** The cache has no room unless it is quantised. */
  const short = {
    call: (_: string, { contexts }: { contexts: readonly { readonly kvType: string }[] }) =>
      Promise.resolve(
        contexts.map(({ kvType }) => [
          { device: 'CPU', cacheBytes: kvType === 'q8_0' ? 0 : ROOM, computeBytes: BUFFERS },
        ]),
      ),
  } as unknown as Backend;
  const lowered = await plan(store, modelRow, { on: short });
  expect(lowered.settings.kvType).toBe('q8_0');
  storeRun(store, modelRow, lowered.settings);
  // stored: nothing is computed
  expect(await plan(store, modelRow, { on: short })).toMatchObject({ settings: lowered.settings, paging: null });
  const free = await plan(store, modelRow);
  expect(free.settings.kvType).toBe('f16');
  expect(free.paging).not.toBeNull();
  // the job that began it goes on as it began
  expect((await plan(store, modelRow, { hasBegun: true })).settings.kvType).toBe('q8_0');
  storeRun(store, modelRow, free.settings);
  expect(await plan(store, modelRow)).toMatchObject({ settings: free.settings, paging: null });
  store.close();
});
