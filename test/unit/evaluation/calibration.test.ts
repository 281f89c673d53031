import { expect, test } from 'vitest';
import type { DemoContent } from '../../../electron/contract/demo.ts';
import { hashDemo } from '../../../electron/engine/demos/hash.ts';
import { importDemoFile } from '../../../electron/engine/demos/import.ts';
import {
  calibrationHashes,
  calibrationOfFile,
  calibrationOfPlan,
  calibrationOfScores,
  identitiesOf,
  requireApart,
  type CalibrationDemo,
} from '../../../electron/engine/evaluation/calibration.ts';
import { readEvaluationText } from '../../../electron/engine/evaluation/read-documents.ts';
import { sampleDomains, sampleFiles } from '../../../electron/engine/sample/sample-files.ts';
import { openStore, type Store } from '../../../electron/engine/store/database.ts';
import { addDemos } from '../../../electron/engine/store/demos.ts';
import { ensureDomain } from '../../../electron/engine/store/domains.ts';
import { rememberModel } from '../../../electron/engine/store/models.ts';
import { addPlan } from '../../../electron/engine/store/plans.ts';
import { createScoreRun } from '../../../electron/engine/store/score-runs.ts';
import { temporaryHome } from '../store/support.ts';
import { MODEL } from '../store/tiny-run.ts';

const fresh = (): Store => openStore(temporaryHome());
const text = (value: string): DemoContent => ({ kind: 'text', text: value });
const chat = (...turns: [role: string, content: string][]): DemoContent => ({
  kind: 'chat',
  messages: turns.map(([role, content]) => ({ role, content })),
});
const demo = (id: string, content: DemoContent): CalibrationDemo => ({ id, hash: hashDemo(content) });

/** As importing a file would. */
function keep(store: Store, path: string, ...contents: DemoContent[]): CalibrationDemo[] {
  const demos = contents.map((content, i) => ({ content, hash: hashDemo(content), line: i + 1 }));
  addDemos(store, ensureDomain(store, 'law').id, path, demos);
  return demos.map(({ hash, line }) => ({ id: `${path.slice(path.lastIndexOf('/') + 1)}:${line}`, hash }));
}

const LONG =
  'The landlord may enter the dwelling unit at reasonable times, having given notice of two days, to inspect it.';
const QUESTION = 'May my landlord come in?';

const OVERLAP = { code: 'CALIBRATION_OVERLAP' };

test('the same text is refused by its hash, whatever white space surrounds it', async () => {
  const store = fresh();
  // not stored: nothing but the hash is known
  for (const content of ['Short.', 'Short.\n']) {
    const demos = [demo('law.jsonl:7', text(content))];
    for (const same of ['Short.', 'Short.\n', '  Short.\n\n']) {
      const asked = requireApart(store, demos, [{ name: 'held-out.txt', text: same }]);
      await expect(asked, JSON.stringify([content, same])).rejects.toMatchObject(OVERLAP);
    }
    await requireApart(store, demos, [{ name: 'held-out.txt', text: 'Short. But not the same.' }]);
  }
  store.close();
});

test('the error names text, document, demo and remedy, and counts the others', async () => {
  const store = fresh();
  const demos = [demo('law.jsonl:7', text('One.')), demo('law.jsonl:8', text('Two.'))];
  const documents = ['One.', 'Else.', 'Two.'].map((said, i) => ({ id: `eval.jsonl:${i + 1}`, content: text(said) }));
  const asked = requireApart(store, demos, [{ name: 'eval.jsonl', text: documents }]);
  await expect(asked).rejects.toThrow(/eval\.jsonl:1.*law\.jsonl:7.*1 more.*not scored/);
  await expect(asked).rejects.toMatchObject({ details: { text: 'eval.jsonl', document: 'eval.jsonl:1', demo: 'law.jsonl:7', count: 2 } }); // prettier-ignore
  store.close();
});

test('a stored demo is found inside a longer text', async () => {
  const store = fresh();
  const demos = keep(store, '/d/law.jsonl', text(`${LONG}\n`), text('Too short to tell.'));
  const inside = { name: 'book.txt', text: `Chapter 1\n\n${LONG}\n\nToo short to tell. And so on.` };
  await expect(requireApart(store, demos, [inside])).rejects.toThrow(/book\.txt holds the demo law\.jsonl:1/);
  await requireApart(store, demos, [{ name: 'book.txt', text: `${LONG.slice(0, -10)} And so on. Too short to tell.` }]);
  store.close();
});

test('a chat is found where all that is said stands in the text, the system message aside', async () => {
  const store = fresh();
  const demos = keep(store, '/d/law.jsonl', chat(['system', 'Be brief.'], ['user', QUESTION], ['assistant', LONG]));
  const book = (said: string) => [{ name: 'book.txt', text: said }];
  await expect(requireApart(store, demos, book(`Q: ${QUESTION}\nA: ${LONG}`))).rejects.toMatchObject(OVERLAP);
  await requireApart(store, demos, book(`Q: Something else?\nA: ${LONG}`));
  store.close();
});

test('a chat with the same prompt is the same, answered or not', async () => {
  const store = fresh();
  const asked = chat(['user', QUESTION]);
  const gold = chat(['user', QUESTION], ['assistant', 'Yes, with notice.']);
  const own = chat(['user', QUESTION], ['assistant', 'Only if you let them.']);
  const named = (content: DemoContent) => [{ name: 'eval.jsonl', text: [{ id: 'eval.jsonl:1', content }] }];
  // scored as a prompt, answered since
  await expect(requireApart(store, [demo('a', asked)], named(own))).rejects.toMatchObject(OVERLAP);
  // scored with an answer that is still stored
  const [stored] = keep(store, '/d/law.jsonl', gold);
  const hashes = await calibrationHashes(store, stored ? [stored] : []);
  for (const same of [asked, gold, own]) {
    expect(identitiesOf(same).some((hash) => hashes.has(hash))).toBe(true);
    await expect(requireApart(store, stored ? [stored] : [], named(same))).rejects.toMatchObject(OVERLAP);
  }
  expect(identitiesOf(chat(['user', 'Another?'])).some((hash) => hashes.has(hash))).toBe(false);
  store.close();
});

test('a demo of which nothing is known any more refuses nothing', async () => {
  const store = fresh();
  await requireApart(store, [{ id: 'law.jsonl:1', hash: null }], [{ name: 'a.txt', text: LONG }]);
  store.close();
});

const source = (more: object = {}) => ({ domain: 'law', demos: ['law.jsonl:1', 'law.jsonl:2'], tokens: 2, ...more });

test('a plan knows its demos by their hashes, else by its runs, else by their names', () => {
  const store = fresh();
  const modelId = rememberModel(store, MODEL).id;
  const planned = (settings: object) => calibrationOfPlan(store, { modelId, settings, kept: [[1]] });
  expect(planned({ demos: [source({ hashes: ['a', 'b'] })] })).toEqual([
    { id: 'law.jsonl:1', hash: 'a' },
    { id: 'law.jsonl:2', hash: 'b' },
  ]);
  expect(planned({ demos: [source()] })).toEqual(source().demos.map((id) => ({ id, hash: null })));

  const stored = keep(store, '/d/law.jsonl', text('One.'), text('Two.'), text('Three.'));
  expect(planned({ demos: [source()] })).toEqual(stored.slice(0, 2));

  const run = createScoreRun(store, {
    modelId,
    domain: 'law',
    settings: {},
    demos: ['c', 'd', 'e'].map((hash, i) => ({ hash, id: `law.jsonl:${i + 1}`, tokens: 1 })),
  });
  const scored = [
    { id: 'law.jsonl:1', hash: 'c' },
    { id: 'law.jsonl:2', hash: 'd' },
  ];
  expect(planned({ demos: [source()] })).toEqual(scored);
  expect(planned({ demos: [source({ domain: 'medicine' })] })).toEqual(scored.map(({ id }) => ({ id, hash: null })));
  const selection = { runIds: [run.id], criterion: 'easy-ep', keep: { kind: 'count', count: 4 }, mix: 'shares', pins: [], drops: [], grouping: 'ungrouped', seed: 0 }; // prettier-ignore
  expect(planned({ demos: [source({ domain: 'renamed' })], selection })).toEqual(scored);
  expect(planned({})).toEqual([]);
  store.close();
});

test('a mask is taken to come from the plan that keeps the same experts', () => {
  const store = fresh();
  const plan = { modelId: rememberModel(store, MODEL).id, name: '', criterion: 'reap' as const };
  addPlan(store, { ...plan, kept: [[0, 1]], settings: { demos: [source({ hashes: ['a', 'b'] })] } });
  addPlan(store, { ...plan, kept: [[0, 2]], settings: { demos: [source({ hashes: ['c', 'd'] })] } });
  const mask = (kept: number[][]) => calibrationOfPlan(store, addPlan(store, { ...plan, criterion: null, kept, settings: {} })); // prettier-ignore
  expect(mask([[0, 1]]).map(({ hash }) => hash)).toEqual(['a', 'b']);
  expect(mask([[0, 3]])).toEqual([]);
  store.close();
});

test('a file knows them by its keys', () => {
  const store = fresh();
  const key = (value: string) => ({ type: 'string', array: false, length: 1, value }) as const;
  expect(calibrationOfFile(store, {})).toBeNull();
  expect(calibrationOfFile(store, { 'winnow.selection': key('no JSON') })).toBeNull();
  const selection = JSON.stringify({ demos: [source({ hashes: ['a', 'b'] })] });
  expect(calibrationOfFile(store, { 'winnow.selection': key(selection) })).toHaveLength(2);
  store.close();
});

test('a scores file knows them by its hashes, an older one by their names', () => {
  const store = fresh();
  const model = { path: '', arch: 'qwen3moe', moe_layers: [1], n_expert: 2, n_expert_used: 1 };
  const criteria = { 'easy-ep': [], reap: [], ean: [], gate: [], frequency: [] };
  const of = (...hashes: object[]) =>
    calibrationOfScores(store, { model, domain: 'law', tokens: 2, criteria, demos: hashes.map((hash, i) => ({ id: `law.jsonl:${i + 1}`, tokens: 1, ...hash })) }); // prettier-ignore
  expect(of({ hash: 'a' }, { hash: 'b' }).map(({ hash }) => hash)).toEqual(['a', 'b']);
  const stored = keep(store, '/d/law.jsonl', text('One.'));
  expect(of({}, {})).toEqual([...stored, { id: 'law.jsonl:2', hash: null }]);
  store.close();
});

test('the bundled texts hold no bundled demo', async () => {
  const store = fresh();
  const demos: CalibrationDemo[] = [];
  for (const name of sampleDomains()) {
    const { demos: path } = sampleFiles(name);
    const imported = await importDemoFile(path);
    addDemos(store, ensureDomain(store, name).id, path, imported.demos);
    demos.push(...imported.demos.map(({ hash, line }) => ({ id: `${name}:${line}`, hash })));
  }
  expect(demos.length).toBeGreaterThan(100);
  const texts = await Promise.all(
    sampleDomains().map(async (name) => ({ name, text: await readEvaluationText(sampleFiles(name).text) })),
  );
  await requireApart(store, demos, texts);
  store.close();
});
