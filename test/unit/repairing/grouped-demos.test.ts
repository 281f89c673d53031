import { expect, test } from 'vitest';
import { groupedDemos, repairDemos } from '../../../electron/engine/write/repairing/repair-demos.ts';
import { openStore } from '../../../electron/engine/store/database.ts';
import { keep, text } from '../evaluation/demos.ts';
import { temporaryHome } from '../store/support.ts';

const word = (i: number): string => ((i * 2_654_435_761) % 4_294_967_296).toString(36);

test.each([3, 10])('%i near-copies of each demo: none judges a repair that was fitted to another', async (copies) => {
  const store = openStore(temporaryHome());
  const contents = Array.from({ length: 16 * copies }, (_, i) => {
    const words = Array.from({ length: 80 }, (__, at) => word(1000 * (i % 16) + at));
    return text(words.with(Math.floor(i / 16), 'changed').join(' '));
  });
  const demos = keep(store, '/d/law.jsonl', ...contents).map(({ id, hash }) => ({ id, hash: hash!, tokens: 8 }));
  // the first token names the text that a demo is a copy of
  const tokenized = demos.map(({ hash }, i) => ({
    hash,
    tokens: new Int32Array(8).fill(i % 16),
    answers: new Uint8Array(8),
  }));
  const grouped = await groupedDemos(tokenized, demos, store, new AbortController().signal);
  const { fitted, judging } = repairDemos(grouped, 'law', { tokens: 100_000, alone: false });
  const judged = new Set(judging.map(({ tokens }) => tokens[0]));
  expect(judged.size).toBe(judging.length);
  expect(judging).toHaveLength(4);
  expect(fitted.filter(([first]) => judged.has(first))).toEqual([]);
  store.close();
});
