// Demos with their summaries, the search, answers and held-out texts.
import { expect, test } from 'vitest';
import type { ChatMessage, DemoContent, ImportedDemo } from '../../../electron/contract/demo.ts';
import { hashDemo, summarise } from '../../../electron/engine/base/content/documents.ts';
import { openStore, type Store } from '../../../electron/engine/store/database.ts';
import { deleteRows, restoreRows } from '../../../electron/engine/store/stored-rows.ts';
import {
  findDemos,
  addDemos,
  answerDemo,
  getDemo,
  listDemoIds,
  listDemos,
  listPromptOnlyIds,
  summariseDemos,
} from '../../../electron/engine/store/demos.ts';
import {
  createDomain,
  ensureDomain,
  getDomain,
  addHeldOutText,
  getHeldOutText,
  listHeldOutTexts,
} from '../../../electron/engine/store/domains.ts';
import { temporaryHome, thrownBy } from './support.ts';

const text = (content: string): DemoContent => ({ kind: 'text', text: content });
const chat = (...messages: [role: string, content: string][]): DemoContent => ({
  kind: 'chat',
  messages: messages.map(([role, content]): ChatMessage => ({ role, content })),
});
const imported = (...contents: DemoContent[]): ImportedDemo[] =>
  contents.map((content, i) => ({ content, hash: hashDemo(content), line: i + 1 }));

const CONTENTS: DemoContent[] = [
  text('\n  First line of many  \r\nsecond'),
  text('😀'.repeat(300)),
  text('日本語の文章。\n二行目'),
  chat(['system', 'Be short.'], ['user', '\n1 + 1?\nNow.'], ['assistant', '2']),
  chat(['system', 'Be short.'], ['user', '2 + 2?']),
  chat(['assistant', ''], ['tool', 'found it']),
  chat(['user', '']),
];

function filled(...contents: DemoContent[]): { store: Store; domainId: number } {
  const store = openStore(temporaryHome());
  const domainId = createDomain(store, 'math').id;
  addDemos(store, domainId, '/d/a.jsonl', imported(...contents));
  return { store, domainId };
}

test('a summary says kind, turns, length, how it begins, and whether the answer is missing', () => {
  expect(CONTENTS.map(summarise)).toEqual([
    { kind: 'text', turns: 1, promptOnly: false, opening: 'First line of many', chars: 31 },
    { kind: 'text', turns: 1, promptOnly: false, opening: '😀'.repeat(200), chars: 300 },
    { kind: 'text', turns: 1, promptOnly: false, opening: '日本語の文章。', chars: 11 },
    { kind: 'chat', turns: 3, promptOnly: false, opening: '1 + 1?', chars: 22 },
    { kind: 'chat', turns: 2, promptOnly: true, opening: '2 + 2?', chars: 15 },
    { kind: 'chat', turns: 2, promptOnly: true, opening: 'found it', chars: 8 },
    { kind: 'chat', turns: 1, promptOnly: true, opening: '', chars: 0 },
  ]);
});

test('ids are not given twice, so that a deletion can be undone after an addition', () => {
  const { store, domainId } = filled(text('one'), text('two'));
  const [, second] = listDemoIds(store, domainId);
  const deleted = deleteRows(store, 'demos', 'id', [second!]);
  addDemos(store, domainId, '/d/b.txt', imported(text('three')));
  restoreRows(store, 'demos', deleted);
  restoreRows(store, 'demos', deleted);
  expect(listDemos(store, domainId).map(({ id, content }) => [id, content])).toEqual([
    [1, text('one')],
    [2, text('two')],
    [3, text('three')],
  ]);
  expect(deleteRows(store, 'demos', 'id', [99])).toEqual([]);
  store.close();
});

test('an answer takes the place of the prompt; a chat that is known with it goes', () => {
  const prompt = chat(['user', '1 + 1?']);
  const other = chat(['user', '2 + 2?']);
  const known = chat(['user', '2 + 2?'], ['assistant', '4']);
  const { store, domainId } = filled(prompt, other, known);
  const [first, second] = listPromptOnlyIds(store, domainId).map((id) => getDemo(store, id));
  const answered = chat(['user', '1 + 1?'], ['assistant', '2']);
  expect(answerDemo(store, first!, answered, 'Tiny')).toBe(true);
  expect(answerDemo(store, second!, known, 'Tiny')).toBe(true);
  expect(listDemos(store, domainId).map(({ hash, content }) => [hash, content])).toEqual([
    [hashDemo(answered), answered],
    [hashDemo(known), known],
  ]);
  expect(summariseDemos(store, [first!.id])).toMatchObject([{ turns: 2, promptOnly: false, answeredBy: 'Tiny' }]);
  expect(getDomain(store, domainId)).toMatchObject({ demos: 2, promptOnly: 0 });
  // deleted meanwhile, and changed meanwhile
  expect(answerDemo(store, second!, answered, 'Tiny')).toBe(false);
  expect(answerDemo(store, first!, chat(['user', 'x'], ['assistant', 'y']), 'Tiny')).toBe(false);
  store.close();
});

test('the search finds what texts hold, not how they are stored', async () => {
  const { store, domainId } = filled(
    chat(['user', 'Which content has a role?'], ['assistant', 'None']),
    text('say "hello"\\ 100 %\nnext_line'),
    chat(['user', 'plain'], ['assistant', '日本語の答え']),
  );
  const found = async (search: string): Promise<number[]> => findDemos(store, domainId, search);
  expect(await found('content')).toEqual([1]);
  expect(await found('user')).toEqual([]);
  expect(await found('HELLO')).toEqual([2]);
  expect(await found('"hello"\\ 100')).toEqual([2]);
  expect(await found('100 %\nnext')).toEqual([2]);
  expect(await found('n%t')).toEqual([]);
  expect(await found('next_line')).toEqual([2]);
  expect(await found('nextxline')).toEqual([]);
  expect(await found('n^')).toEqual([]);
  expect(await found('語の答')).toEqual([3]);
  expect(await found('a')).toEqual([1, 2, 3]);
  const stopped = AbortSignal.abort(new Error('enough'));
  await expect(findDemos(store, domainId, 'a', stopped)).rejects.toThrow('enough');
  store.close();
});

test('a held-out text is kept once a domain, as a text or as documents', () => {
  const { store, domainId } = filled(text('a demo\n'), text('another demo'));
  const added = addHeldOutText(store, domainId, { name: 'wiki.txt', text: 'größer' });
  expect(added).toEqual({
    id: 1,
    domainId,
    domain: 'math',
    name: 'wiki.txt',
    hash: added.hash,
    bytes: 8,
    documents: null,
  });
  expect(addHeldOutText(store, domainId, { name: 'copy.txt', text: 'größer' })).toEqual(added);
  const other = ensureDomain(store, 'art');
  addHeldOutText(store, other.id, { name: 'a.txt', text: 'größer' });
  expect(listHeldOutTexts(store).map(({ domain, name }) => [domain, name])).toEqual([
    ['art', 'a.txt'],
    ['math', 'wiki.txt'],
  ]);
  expect(getHeldOutText(store, 1)).toEqual({ ...added, text: 'größer' });
  expect(getHeldOutText(store, 9)).toBeUndefined();
  expect(getDomain(store, domainId)).toMatchObject({ demos: 2, texts: 1 });

  const documents = ['one', 'two'].map((said, i) => ({ id: `a.jsonl:${i + 1}`, content: text(said) }));
  const several = addHeldOutText(store, domainId, { name: 'a.jsonl', text: documents });
  expect(several).toMatchObject({ documents: 2 });
  expect(getHeldOutText(store, several.id)?.text).toEqual(documents);
  // the same documents from another file
  const renamed = documents.map(({ content }) => ({ id: 'b', content }));
  expect(addHeldOutText(store, domainId, { name: 'b.jsonl', text: renamed })).toEqual(several);
  expect(addHeldOutText(store, domainId, { name: 'c.jsonl', text: documents.slice(1) })).not.toEqual(several);
  const deleted = deleteRows(store, 'held_out_texts', 'id', [several.id]);
  expect(getHeldOutText(store, several.id)).toBeUndefined();
  restoreRows(store, 'held_out_texts', deleted);
  expect(getHeldOutText(store, several.id)).toEqual({ ...several, text: documents });
  store.close();
});

test('what was deleted says so', () => {
  const { store } = filled();
  expect(thrownBy(() => getDemo(store, 1)).code).toBe('USAGE');
  expect(thrownBy(() => getDomain(store, 7)).code).toBe('USAGE');
  expect(thrownBy(() => createDomain(store, 'math')).message).toContain('There is a domain "math" already');
  store.close();
});
