import { describe, expect, test } from 'vitest';
import type { DemoContent } from '../../../electron/contract/demo.ts';
import { importDemoFile } from '../../../electron/engine/demos/import.ts';
import type { NamedText } from '../../../electron/engine/base/content/documents.ts';
import type { ChoosingDemo } from '../../../electron/engine/write/pruning/choosing-demos.ts';
import { DemoCopies } from '../../../electron/engine/write/pruning/demo-copies.ts';
import { requireApart as requireTextsApart } from '../../../electron/engine/measure/evaluation/other-texts.ts';
import { readEvaluationText } from '../../../electron/engine/measure/evaluation/read-documents.ts';
import { sampleDomains, sampleFiles } from '../../../electron/engine/base/files/sample-files.ts';
import { openStore, type Store } from '../../../electron/engine/store/database.ts';
import { addDemos } from '../../../electron/engine/store/demos.ts';
import { ensureDomain } from '../../../electron/engine/store/domains.ts';
import { temporaryHome } from '../store/support.ts';
import { chat, demo, keep, text } from './demos.ts';
import { idleTask } from '../../../electron/engine/store/task.ts';

const fresh = (): Store => openStore(temporaryHome());
const LONG =
  'The landlord may enter the dwelling unit at reasonable times, having given notice of two days, to inspect it.';
const QUESTION = 'May my landlord come in?';

/** Returns what is said. */
async function requireApart(
  store: Store,
  demos: readonly ChoosingDemo[],
  texts: readonly NamedText[],
): Promise<string[]> {
  const said: string[] = [];
  const task = idleTask(undefined, (line) => said.push(line));
  await requireTextsApart(await DemoCopies.of(store, demos), texts, task);
  return said;
}

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
  await expect(asked).rejects.toMatchObject({
    details: { text: 'eval.jsonl', document: 'eval.jsonl:1', demo: 'law.jsonl:7', count: 2 },
  });
  store.close();
});

test('a stored demo is found inside a longer text', async () => {
  const store = fresh();
  const demos = keep(store, '/d/law.jsonl', text(`${LONG}\n`), text('Too short to tell.'));
  const inside = { name: 'book.txt', text: `Chapter 1\n\n${LONG}\n\nToo short to tell. And so on.` };
  await expect(requireApart(store, demos, [inside])).rejects.toThrow(/book\.txt holds 100% of the demo law\.jsonl:1/);
  await requireApart(store, demos, [{ name: 'book.txt', text: `${LONG.slice(0, 60)} And so on. Too short to tell.` }]);
  store.close();
});

test('a document that stands in a stored demo is found too', async () => {
  const store = fresh();
  const demos = keep(store, '/d/law.jsonl', text(`Chapter 1\n\n${LONG}\n\nAnd so on.`));
  const excerpts = ['Something else.', LONG, 'Chapter 1'].map((said, i) => ({
    id: `a.jsonl:${i + 1}`,
    content: text(said),
  }));
  const asked = requireApart(store, demos, [{ name: 'a.jsonl', text: excerpts }]);
  await expect(asked).rejects.toThrow(/100% of a\.jsonl, document a\.jsonl:2 is part of the demo law\.jsonl:1/);
  await expect(asked).rejects.toMatchObject({ details: { count: 1, overlaps: [{ how: 'within' }] } });
  store.close();
});

test('a chat is found where most of what is said stands in the text, the system message aside', async () => {
  const store = fresh();
  const demos = keep(store, '/d/law.jsonl', chat(['system', 'Be brief.'], ['user', QUESTION], ['assistant', LONG]));
  const book = (said: string) => [{ name: 'book.txt', text: said }];
  await expect(requireApart(store, demos, book(`Q: ${QUESTION}\nA: ${LONG}`))).rejects.toMatchObject(OVERLAP);
  // 20 of its 26 words; of the text's 24
  await expect(requireApart(store, demos, book(`Q: Something else?\nA: ${LONG}`))).rejects.toThrow(/83% of book\.txt/);
  await requireApart(
    store,
    demos,
    book(`Q: ${QUESTION}\nA: ${LONG.slice(0, 50)}, or so they say, and who would know better`),
  );
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
  const copies = await DemoCopies.of(store, stored ? [stored] : []);
  for (const same of [asked, gold, own]) {
    expect(copies.has(same)).toBe(true);
    await expect(requireApart(store, stored ? [stored] : [], named(same))).rejects.toMatchObject(OVERLAP);
  }
  expect(copies.has(chat(['user', 'Another?']))).toBe(false);
  store.close();
});

describe('what is written in another way', () => {
  const answer = `${LONG} Without notice only in an emergency, or where the tenant agrees to it.`;
  const said = chat(['system', 'You are a lawyer.'], ['user', QUESTION], ['assistant', answer]);
  const shouted = answer.toUpperCase().replaceAll(' ', '  \n\t');
  test.each<[string, DemoContent]>([
    ['in capitals, with other white space', chat(['user', QUESTION], ['assistant', shouted])],
    ['under another system message', chat(['system', 'Be brief.'], ['user', QUESTION], ['assistant', answer])],
    ['behind a longer prompt', chat(['user', `Answer in one paragraph. ${QUESTION}`], ['assistant', answer])],
    ['as a text', text(`${QUESTION}\n\n${answer}`)],
    ['with its question alone', chat(['user', QUESTION.toUpperCase()])],
    [
      'in full width',
      text(`${QUESTION} ${answer}`.replaceAll(/[a-z]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0))),
    ],
  ])('is refused: %s', async (_how, content) => {
    const store = fresh();
    const demos = keep(store, '/d/law.jsonl', said);
    const asked = requireApart(store, demos, [{ name: 'a.jsonl', text: [{ id: 'a.jsonl:1', content }] }]);
    await expect(asked).rejects.toMatchObject(OVERLAP);
    store.close();
  });

  test('in Japanese, where no space stands between words', async () => {
    const store = fresh();
    const article =
      '使用者は、労働者を解雇しようとする場合においては、少くとも三十日前にその予告をしなければならない。';
    const demos = keep(store, '/d/law.jsonl', text(article));
    const broken = `第二十条　${article.slice(0, 20)}\n${article.slice(20)}`;
    await expect(requireApart(store, demos, [{ name: '法.txt', text: broken }])).rejects.toMatchObject(OVERLAP);
    const other = '使用者は、労働者が女性であることを理由として、賃金について、男性と差別的取扱いをしてはならない。';
    await requireApart(store, demos, [{ name: '法.txt', text: other }]);
    store.close();
  });
});

test('one-line questions are found as lines of a text, however short each is, and a few of them are not', async () => {
  const store = fresh();
  const questions = Array.from({ length: 120 }, (_, i) => `Is ${i} times ${(i * 7) % 13} odd?`);
  const demos = keep(
    store,
    '/d/law.jsonl',
    ...questions.map((question) => chat(['user', question], ['assistant', 'Yes.'])),
  );
  const inside = (count: number) => [
    { name: 'book.txt', text: `Chapter 1\n${questions.toReversed().slice(0, count).join('\nWell.\n')}\nAnd so on.` },
  ];
  await expect(requireApart(store, demos, inside(120))).rejects.toThrow(
    /book\.txt holds 100% of the demo law\.jsonl:120/,
  );
  await requireApart(store, demos, inside(3));
  store.close();
});

test('a text most of which cannot be compared is said', async () => {
  const store = fresh();
  const form = `${LONG} ${LONG.toUpperCase()}`.replaceAll('dwelling', 'house');
  const demos = keep(
    store,
    '/d/law.jsonl',
    ...Array.from({ length: 12 }, (_, i) =>
      text(`${form} Case ${i} was about ${i} of the ${i + 40} doors in house number ${i + 90}.`),
    ),
  );
  const said = await requireApart(store, demos, [
    { name: 'form.txt', text: `${form} Nothing of this kind is known.` },
    { name: 'book.txt', text: 'Nothing of this kind was known to anybody who lived there at that time.' },
    { name: 'short.jsonl', text: ['Yes.', 'No.'].map((one, i) => ({ id: `short.jsonl:${i}`, content: text(one) })) },
  ]);
  expect(said).toHaveLength(2);
  expect(said[0]).toMatch(/^8\d% of form\.txt is form that many demos share/);
  expect(said[1]).toMatch(/^100% of short\.jsonl/);
  store.close();
});

test('a demo of which nothing is known any more refuses nothing', async () => {
  const store = fresh();
  await requireApart(store, [{ id: 'law.jsonl:1', hash: null }], [{ name: 'a.txt', text: LONG }]);
  store.close();
});

test('the bundled texts hold no bundled demo', async () => {
  const store = fresh();
  const demos: ChoosingDemo[] = [];
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
