// What an earlier version stored of a model, which it knew by samples of its bytes: it stays, and proves no more than it did.
import { beforeEach, expect, test } from 'vitest';
import type { ModelInfo } from '../../../electron/contract/model-info.ts';
import { isRunBySamples } from '../../../electron/engine/models/by-samples.ts';
import { knownModel } from '../../../electron/engine/experts/selection/known-model.ts';
import { selectionHash } from '../../../electron/engine/experts/selection/selection.ts';
import { selectionSettingsSchema } from '../../../electron/engine/experts/selection/selection-settings.ts';
import { openStore, type Store } from '../../../electron/engine/store/database.ts';
import { finishExport, getExport, startExport } from '../../../electron/engine/store/exports.ts';
import { findModel, listModels, rememberModel } from '../../../electron/engine/store/models.ts';
import { createScoreRun, listScoreRuns } from '../../../electron/engine/store/score-runs.ts';
import { addSelection, listSelections } from '../../../electron/engine/store/selections.ts';
import { temporaryHome } from '../store/support.ts';
import { DEMOS, MODEL, SETTINGS } from '../store/tiny-run.ts';

const KEPT = MODEL.moeLayers.map(() => [0, 2, 4, 6]);
/** As an earlier version stored it: its fingerprint is what is called its samples now. */
const EARLIER: ModelInfo = { ...MODEL, fingerprint: 'e'.repeat(64) };
const NOW: ModelInfo = { ...MODEL, fingerprint: 'f'.repeat(64), sampled: EARLIER.fingerprint, kindred: 'd'.repeat(64) };
/** A model with the same samples. */
const OTHER: ModelInfo = { ...NOW, fingerprint: 'a'.repeat(64) };

let store: Store;
beforeEach(() => (store = openStore(temporaryHome())));

function storedEarlier(): { readonly exportId: number } {
  const { id: modelId } = rememberModel(store, EARLIER);
  createScoreRun(store, { modelId, domain: 'math', settings: { ...SETTINGS, version: 3 }, demos: DEMOS.slice(0, 2) });
  const settings = selectionSettingsSchema.parse({});
  const selection = addSelection(store, { modelId, name: '', kept: KEPT, criterion: 'reap', settings });
  const plan = { keep: 4, files: ['/out.gguf'], domains: [], selectionId: selection.id };
  const { id } = startExport(
    store,
    modelId,
    { ...plan, selectionHash: selectionHash(EARLIER, { kept: KEPT, grouping: 'ungrouped', activeExperts: null }) },
    '/out.gguf',
  );
  finishExport(store, id, { state: 'done', bytes: 1, sha256: '9'.repeat(64), seconds: 1 });
  return { exportId: id };
}

test('runs, choices and files become the model’s that has its samples, once', () => {
  const { exportId } = storedEarlier();
  const { id } = knownModel(store, NOW);
  expect(listModels(store)).toMatchObject([{ id, fingerprint: NOW.fingerprint, info: NOW }]);
  expect(listScoreRuns(store).map(({ modelId, settings }) => [modelId, isRunBySamples(settings)])).toEqual([
    [id, true],
  ]);
  expect(listSelections(store, id)).toHaveLength(1);
  expect(getExport(store, exportId)?.plan.selectionHash).toBe(
    selectionHash(NOW, { kept: KEPT, grouping: 'ungrouped', activeExperts: null }),
  );

  const other = knownModel(store, OTHER);
  expect(other.id).not.toBe(id);
  expect(listSelections(store, other.id)).toEqual([]);
});

test('a fingerprint of an earlier version leads to the model with these samples that was used last', () => {
  storedEarlier();
  knownModel(store, NOW);
  expect(findModel(store, EARLIER.fingerprint)?.fingerprint).toBe(NOW.fingerprint);
  expect(findModel(store, 'b'.repeat(64))).toBeUndefined();
});

test('another model takes nothing over', () => {
  storedEarlier();
  knownModel(store, { ...NOW, sampled: 'b'.repeat(64) });
  expect(listModels(store)).toHaveLength(2);
  expect(findModel(store, EARLIER.fingerprint)?.info.sampled).toBeUndefined();
});
