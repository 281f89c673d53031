// Selections through the session, with a small stored run: choosing, what contradicts itself, names, undo, masks.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SelectionRequest } from '../../../electron/contract/api/selections.ts';
import type { ModelInfo } from '../../../electron/contract/model-info.ts';
import { saveDemoScores } from '../../../electron/engine/store/demo-scores.ts';
import type { Store } from '../../../electron/engine/store/database.ts';
import { rememberModel } from '../../../electron/engine/store/models.ts';
import { addSelection } from '../../../electron/engine/store/selections.ts';
import { createScoreRun } from '../../../electron/engine/store/score-runs.ts';
import { temporaryHome } from '../store/support.ts';
import { DEMOS, MODEL, SETTINGS, scoreOf, sumsOf } from '../store/tiny-run.ts';
import { openTestEngine } from './test-engine.ts';
import { selectionRequest } from '../../selection-request.ts';

/** A run whose scores rise with the expert's index. */
function runOf(store: Store, domain: string, { demos = 1, model = MODEL }: { demos?: number; model?: ModelInfo } = {}) {
  const modelId = rememberModel(store, model).id;
  const { id } = createScoreRun(store, { modelId, domain, settings: SETTINGS, demos: DEMOS.slice(0, 2) });
  const length = model.moeLayers.length * model.nExpert;
  const scores = Array.from({ length: demos }, (_, position) => scoreOf(position, sumsOf(position, length)));
  if (demos > 0) saveDemoScores(store, id, scores);
  return id;
}

const choose = (runIds: number[], change: Partial<SelectionRequest> = {}): SelectionRequest =>
  selectionRequest(runIds, { kind: 'count', count: 3 }, change);

describe('choosing', () => {
  test('the highest scores stay; pins and drops go before them', async () => {
    const { services, client } = openTestEngine();
    const runId = runOf(services.context.store, 'math');
    const plain = await client.call('selections.compute', { request: choose([runId]) });
    expect(plain.kept).toEqual(Array.from({ length: 3 }, () => [5, 6, 7]));
    const pins = [{ layer: 1, expert: 0 }];
    const drops = [{ layer: 2, expert: 7 }];
    const handmade = await client.call('selections.compute', { request: choose([runId], { pins, drops }) });
    expect(handmade.kept).toEqual([
      [5, 6, 7],
      [0, 6, 7],
      [4, 5, 6],
    ]);
    expect(handmade.retained[0]).toBe(plain.retained[0]);
    expect(handmade.retained[1]).toBeLessThan(plain.retained[1] ?? 0);
    // 3 of 8 experts: the rest of the file stays
    expect(plain.bytes).toEqual({ full: 123456, pruned: 123456 - 100000 + 37500 });
    expect(plain.fusedCounts).toEqual([2, 4]);
  });

  test('a pin that is dropped as well is impossible, and says where', async () => {
    const { services, client } = openTestEngine();
    const runId = runOf(services.context.store, 'math');
    const both = [{ layer: 2, expert: 4 }];
    const request = choose([runId], { pins: both, drops: both });
    const asked = client.call('selections.compute', { request });
    await expect(asked).rejects.toMatchObject({ code: 'SELECTION_IMPOSSIBLE', details: { layer: 2, expert: 4 } });
    await expect(client.call('selections.save', { request, name: '' })).rejects.toMatchObject({
      code: 'SELECTION_IMPOSSIBLE',
    });
    const few = choose([runId], { keep: { kind: 'count', count: 1 } });
    await expect(client.call('selections.compute', { request: few })).rejects.toThrow(/the model uses 2/);
    const many = choose([runId], { keep: { kind: 'count', count: 9 } });
    await expect(client.call('selections.compute', { request: many })).rejects.toThrow(/the model has 8/);
  });

  test('a count of active experts that cannot be is refused at once, also where the model is not here', async () => {
    const { services, client } = openTestEngine();
    const runId = runOf(services.context.store, 'math');
    const active = (activeExperts: number): SelectionRequest => choose([runId], { activeExperts });
    expect((await client.call('selections.compute', { request: active(1) })).keep).toBe(3);
    const asked = client.call('selections.compute', { request: active(2) });
    await expect(asked).rejects.toThrow(/through 2 experts, so 2 would not be fewer/);
    const saved = client.call('selections.save', { request: active(4), name: '' });
    await expect(saved).rejects.toMatchObject({ code: 'SELECTION_IMPOSSIBLE', details: { active: 4, used: 2 } });
  });

  test('a share is a count, and several domains are told apart', async () => {
    const { services, client } = openTestEngine();
    const { store } = services.context;
    const runIds = [runOf(store, 'math'), runOf(store, 'law', { demos: 2 })];
    const half = { keep: { kind: 'ratio', ratio: 0.5 } } as const;
    const mixes: SelectionRequest['mix'][] = ['shares', [2, 1]];
    for (const mix of mixes) {
      const request = choose(runIds, { ...half, mix });
      const result = await client.call('selections.compute', { request });
      expect(result.keep).toBe(4);
      expect(result.domains.map(({ domain }) => domain)).toEqual(['math', 'law']);
    }
    const wrong = client.call('selections.compute', { request: choose(runIds, { mix: [1] }) });
    await expect(wrong).rejects.toMatchObject({ code: 'USAGE' });
  });

  test('runs that are empty, gone or of two models are refused', async () => {
    const { services, client } = openTestEngine();
    const { store } = services.context;
    const runId = runOf(store, 'math');
    const compute = (...runIds: number[]) => client.call('selections.compute', { request: choose(runIds) });
    await expect(compute(runOf(store, 'law', { demos: 0 }))).rejects.toThrow(/no scored demo/);
    await expect(compute(99)).rejects.toMatchObject({ code: 'USAGE' });
    const other = runOf(store, 'law', { model: { ...MODEL, name: 'Other', fingerprint: 'e'.repeat(64) } });
    await expect(compute(runId, other)).rejects.toThrow(/Choose runs of one model/);
    // the model is not in the library: there is no header to compute memory from
    const fit = choose([runId], { keep: { kind: 'fit', bytes: 1e9, ctx: 4096 } });
    await expect(client.call('selections.compute', { request: fit })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  });
});

describe('selections', () => {
  test('one is saved with where it comes from, renamed, deleted and brought back', async () => {
    const page = openTestEngine();
    const { services, client } = page;
    const runIds = [runOf(services.context.store, 'math', { demos: 2 }), runOf(services.context.store, 'law')];
    const request = choose(runIds, { criterion: 'gate' });
    const selection = await client.call('selections.save', { request, name: '  ' });
    expect(selection).toMatchObject({
      name: 'math + law 3/8, gate',
      domains: ['math', 'law'],
      keep: 3,
      nExpert: 8,
      request,
    });
    expect(selection).toMatchObject({ modelId: null, modelName: 'tiny', grouping: 'ungrouped' });
    const computed = await client.call('selections.compute', { request });
    expect(selection.kept).toEqual(computed.kept);
    expect(selection.retained).toBeCloseTo(computed.retained.reduce((a, b) => a + b) / 3, 12);

    const named = await client.call('selections.save', { request, name: ' Mine ' });
    expect(named.name).toBe('Mine');
    expect(await client.call('selections.rename', { selectionId: selection.id, name: 'Better' })).toEqual({
      ...selection,
      name: 'Better',
      isNamed: true,
    });
    const { undoId } = await client.call('selections.delete', { selectionId: selection.id });
    expect((await client.call('selections.list', { modelId: null })).map(({ id }) => id)).toEqual([named.id]);
    await expect(client.call('selections.get', { selectionId: selection.id })).rejects.toMatchObject({ code: 'USAGE' });
    await client.call('undo', { undoId });
    expect(await client.call('selections.get', { selectionId: selection.id })).toEqual({
      ...selection,
      name: 'Better',
      isNamed: true,
    });
    // two saved, renamed, deleted, brought back
    expect(page.events('selections')).toHaveLength(5);
  });

  test('one that is edited keeps every state, with a way back and forth', async () => {
    const { services, client } = openTestEngine();
    const runId = runOf(services.context.store, 'math');
    const count = (keep: number) => choose([runId], { keep: { kind: 'count', count: keep } });
    const save = (keep: number, changedFrom: number | null) =>
      client.call('selections.save', { request: count(keep), name: '', changedFrom });
    const listed = async () => (await client.call('selections.list', { modelId: null })).map(({ id }) => id);
    const history = (selectionId: number) => client.call('selections.history', { selectionId });
    const first = await save(3, null);
    expect(await history(first.id)).toMatchObject({ undo: null, redo: null, states: [{ id: first.id }] });
    const second = await save(4, first.id);
    expect(second).toMatchObject({ keep: 4, name: 'math 4/8', isNamed: false });
    expect(second.hash).not.toBe(first.hash);
    // nothing was changed
    expect(await save(4, second.id)).toEqual(second);
    const third = await save(5, second.id);
    expect(await listed()).toEqual([third.id]);
    expect(await history(third.id)).toMatchObject({ undo: second.id, redo: null });

    // undone: the state is chosen as any other is
    const trail = { modelId: null, domainId: null, runIds: [runId], selectionId: second.id, exportId: null };
    await client.call('settings.set', { trail });
    expect(await listed()).toEqual([second.id]);
    expect(await history(second.id)).toMatchObject({ undo: first.id, redo: third.id });
    expect(await client.call('selections.get', { selectionId: second.id })).toEqual(second);
    const branch = await save(6, second.id);
    expect(await history(second.id)).toMatchObject({ undo: first.id, redo: branch.id });
    expect((await history(branch.id)).states.map(({ id, keep, parentId }) => [id, keep, parentId])).toEqual([
      [branch.id, 6, second.id],
      [third.id, 5, second.id],
      [second.id, 4, first.id],
      [first.id, 3, null],
    ]);

    await client.call('selections.rename', { selectionId: second.id, name: 'Mine' });
    expect(await listed()).toEqual([branch.id, second.id]);
    const { undoId } = await client.call('selections.delete', { selectionId: branch.id });
    expect(await listed()).toEqual([second.id]);
    expect((await history(second.id)).states.map(({ id }) => id)).toEqual([second.id]);
    await client.call('undo', { undoId });
    expect((await history(branch.id)).states).toHaveLength(4);
    // what it was changed from is gone: a choice of its own begins
    expect(await history((await save(7, 99)).id)).toMatchObject({ undo: null });
  });

  test('those of the command line have a name too', async () => {
    const { services, client } = openTestEngine();
    const { store } = services.context;
    const modelId = rememberModel(store, MODEL).id;
    const kept = [
      [1, 2],
      [0, 3],
      [4, 5],
    ];
    const demos = [{ domain: 'math', demos: ['a.jsonl:1'], tokens: 10 }];
    addSelection(store, {
      modelId,
      name: '',
      kept,
      criterion: 'easy-ep',
      settings: { mix: 'shares', grouping: 'balanced', seed: 0, demos },
    });
    addSelection(store, { modelId, name: '', kept, criterion: 'reap', settings: { keep: 2, mix: 7 } });
    const [older, cli] = await client.call('selections.list', { modelId: null });
    expect(cli).toMatchObject({
      name: 'math 2/8',
      domains: ['math'],
      grouping: 'balanced',
      request: null,
      retained: null,
    });
    expect(older).toMatchObject({ name: '2/8, reap', domains: [], criterion: 'reap', grouping: 'ungrouped' });
    expect(await client.call('selections.list', { modelId: '0123456789abcdef' })).toEqual([]);
  });

  test('a choice goes out as a document that names its model', async () => {
    const page = openTestEngine();
    const { services, client } = page;
    const selection = await client.call('selections.save', {
      request: choose([runOf(services.context.store, 'math')]),
      name: 'half',
    });
    const path = join(temporaryHome(), 'choice.json');
    const subject = { kind: 'selection', selectionId: selection.id, exportId: null } as const;
    const handed = { subject, form: 'choice', overwrite: true } as const;
    writeFileSync(path, 'old');
    await client.call('exports.choice', { ...handed, target: page.grant(path, 'write') });
    const row = [5, 6, 7];
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({
      format: 'winnow-choice',
      criterion: selection.criterion,
      kept: [row, row, row],
      model: { file: 'tiny.gguf', n_expert: 8 },
    });
    const unwritable = page.grant(join(path, 'choice.json'), 'write');
    await expect(client.call('exports.choice', { ...handed, target: unwritable })).rejects.toMatchObject({
      code: 'TARGET_UNWRITABLE',
    });
    await expect(client.call('exports.choice', { ...handed, target: page.grant(path) })).rejects.toMatchObject({
      code: 'USAGE',
    });
  });
});
