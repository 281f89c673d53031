// Which halves a search and its proof read, and how many demos stay unscored for them.
import { expect, test } from 'vitest';
import { heldBack } from '../../../electron/contract/held-back.ts';
import { halvesOf, shareHeldBack } from '../../../electron/engine/measure/fit/texts.ts';
import { addDemos } from '../../../electron/engine/store/demos.ts';
import { ensureDomain, addHeldOutText, hashText } from '../../../electron/engine/store/domains.ts';
import { hashDemo } from '../../../electron/engine/base/content/documents.ts';
import { temporaryHome } from '../store/support.ts';
import { EngineContext } from '../../../electron/engine/store/engine-context.ts';
import { forkWorker } from '../../../electron/engine/base/backend/worker-host.ts';

const documents = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ id: `${i}`, content: { kind: 'text' as const, text: `text ${i}` } }));
const textOf = (text: string | ReturnType<typeof documents>) => ({
  id: null,
  name: 'a',
  domain: 'a',
  text,
  hash: hashText(text),
});

test('of documents each is in one half, of a single text it is chunks that are', async () => {
  const whole = textOf(documents(7));
  const { search, confirm } = await halvesOf(whole);
  const ids = ({ text }: typeof search) => (typeof text === 'string' ? [] : text.map(({ id }) => id));
  expect(ids(search)).toEqual(['0', '2', '4', '6']);
  expect(ids(confirm)).toEqual(['1', '3', '5']);
  expect(new Set([whole.hash, search.hash, confirm.hash]).size).toBe(3);
  expect(search).toMatchObject({ whole: whole.hash, half: 'search' });
  const plain = textOf('a text');
  const halves = Object.values(await halvesOf(plain));
  expect(halves.map(({ text, half }) => [text, half])).toEqual([
    ['a text', 'search'],
    ['a text', 'confirm'],
  ]);
  expect(new Set([plain.hash, ...halves.map(({ hash }) => hash)]).size).toBe(3);
});

test.each([3, 10])('documents of which each has %i near-copies: the copies are in one half', async (copies) => {
  const words = (from: number) =>
    Array.from({ length: 80 }, (_, i) => (((from + i) * 2_654_435_761) % 4_294_967_296).toString(36));
  const planted = Array.from({ length: 6 * copies }, (_, i) => {
    const said = words(1000 * (i % 6))
      .with(Math.floor(i / 6), 'changed')
      .join(' ');
    return { id: `${i % 6}`, content: { kind: 'text' as const, text: said } };
  });
  const halves = Object.values(await halvesOf(textOf(planted)));
  const ids = halves.map(({ text }) => (typeof text === 'string' ? [] : text.map(({ id }) => id)));
  expect(ids.map((half) => half.length)).toEqual([3 * copies, 3 * copies]);
  expect(new Set(ids[0]).intersection(new Set(ids[1])).size).toBe(0);
});

test('too few documents have no halves', async () => {
  await expect(halvesOf(textOf(documents(3)))).rejects.toThrow(
    /a has 3 documents to measure files on, and 4 are needed/,
  );
});

function domainOf(demos: number) {
  const context = new EngineContext({ home: temporaryHome(), host: forkWorker });
  const { store } = context;
  const { id } = ensureDomain(store, 'law');
  addDemos(
    store,
    id,
    '/law.jsonl',
    documents(demos).map(({ content }, line) => ({ line: line + 1, hash: hashDemo(content), content })),
  );
  const share = (more: { readonly limit?: number; readonly holdBack?: number } = {}) =>
    shareHeldBack({ texts: [], ...more }, { kind: 'domain', domainId: id }, context);
  return { store, id, share };
}

test.each([
  [16, 8],
  [25, 12],
  [41, 20],
  [127, 63],
  [1000, 64],
])('of %i demos without a text %i are held back', (demos, held) => {
  const { store, share } = domainOf(demos);
  expect(heldBack(demos, share())).toBe(held);
  store.close();
});

test('none are where enough are left anyway, or a text is there, and as many as asked for where that is said', () => {
  const { store, id, share } = domainOf(33);
  expect(share({ limit: 25 })).toBe(0);
  expect(heldBack(33, share({ limit: 26 }))).toBe(16);
  expect(share({ holdBack: 0.1 })).toBe(0.1);
  addHeldOutText(store, id, { name: 'law.txt', text: 'some text' });
  expect(share()).toBe(0);
  store.close();
});

test('fewer than 16 demos without a text are refused with what would do', () => {
  const { store, share } = domainOf(15);
  expect(() => share()).toThrow(/no text of "law".*more demos: if there are 16 or more, half are left unscored/);
  store.close();
});
