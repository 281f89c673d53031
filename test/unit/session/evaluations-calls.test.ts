// Evaluations through the session: which choice each row of figures is of.
import { expect, test } from 'vitest';
import type { EvaluationFigures, Variant } from '../../../electron/contract/api/evaluations.ts';
import {
  comparisonLedger,
  type ComparisonSettings,
} from '../../../electron/engine/measure/evaluation/figure-ledger.ts';
import { selectionHash } from '../../../electron/engine/experts/selection/selection.ts';
import type { Store } from '../../../electron/engine/store/database.ts';
import { rememberModel } from '../../../electron/engine/store/models.ts';
import { addSelection, deleteSelection } from '../../../electron/engine/store/selections.ts';
import { MODEL } from '../store/tiny-run.ts';
import { openTestEngine } from './test-engine.ts';

const KEPT = Array.from({ length: 3 }, () => [0, 1, 2]);
const FIGURE = { value: 1, standardError: null, low: null, high: null };
const FIGURES: EvaluationFigures = {
  tokens: 100,
  unit: 'chunk',
  units: 8,
  ctx: 512,
  chunks: 8,
  perplexity: FIGURE,
  nll: FIGURE,
  ratio: FIGURE,
  klMean: FIGURE,
  klP99: FIGURE,
  top1: FIGURE,
};
const FILE: Variant = { kind: 'model', modelId: 'b'.repeat(16) };

function measure(store: Store, change: Partial<ComparisonSettings>): void {
  const settings: ComparisonSettings = {
    variant: FILE,
    label: 'half',
    full: { name: 'Tiny', fingerprint: MODEL.fingerprint },
    fingerprint: 'e',
    selectionHash: null,
    keep: 4,
    nExpert: 8,
    chunkLimit: 0,
    selectionId: null,
    inDomain: null,
    text: { id: 1, name: 'a.txt', domain: 'law', hash: 'h' },
    ...change,
  };
  comparisonLedger(store).keep({ measured: JSON.stringify(change), settings, result: FIGURES });
}

test('each row says which choice was measured, also when that is deleted', async () => {
  const { services, client } = openTestEngine();
  const { store } = services.context;
  const modelId = rememberModel(store, MODEL).id;
  const { id } = addSelection(store, { modelId, name: 'half', kept: KEPT, criterion: 'easy-ep', settings: {} });
  const hash = selectionHash(MODEL, { kept: KEPT, grouping: 'ungrouped', activeExperts: null });
  const hashes = async () => (await client.call('evaluations.list', {})).map(({ selectionHash: of }) => of);
  measure(store, {});
  measure(store, { selectionId: id, selectionHash: hash });
  expect(await hashes()).toEqual([hash, null]);
  expect(await client.call('selections.get', { selectionId: id })).toMatchObject({ hash });
  deleteSelection(store, id);
  expect(await hashes()).toEqual([hash, null]);
});
