import { expect, test } from 'vitest';
import { findOverlaps } from '../../../electron/engine/measure/evaluation/overlaps.ts';

const word = (i: number): string => ((i * 2_654_435_761) % 4_294_967_296).toString(36);
/** Words that no other range has. */
const prose = (from: number, count: number): string =>
  Array.from({ length: count }, (_, i) => word(from + i)).join(' ');

/** "demo share how" of each document, by its place. */
async function found(demos: readonly string[], ...documents: string[]): Promise<(string | null)[]> {
  const said = (texts: readonly string[]) => texts.map((text, of) => ({ of, text }));
  const overlaps = await findOverlaps(said(demos), said(documents));
  return documents.map((_, of) => {
    const overlap = overlaps.get(of);
    return overlap ? `${overlap.demo} ${overlap.share.toFixed(2)} ${overlap.how}` : null;
  });
}

test('finds a demo wherever it stands, and a document that stands in one', async () => {
  const demos = [prose(0, 30), prose(1000, 30)];
  expect(
    await found(
      demos,
      demos[0]!,
      `${prose(5000, 4000)}\n${demos[1]!} ${prose(9500, 70)}`,
      prose(1005, 20),
      prose(5000, 400),
      '',
    ),
  ).toEqual(['0 1.00 holds', '1 1.00 holds', '1 1.00 within', null, null]);
});

test('takes two thirds of the shorter one for the same, and says how much it is', async () => {
  const demo = prose(0, 90);
  const standing = (words: number): string => `${prose(5000, 300)} ${prose(0, words)} ${prose(7000, 300)}`;
  expect(await found([demo], standing(90), standing(72), standing(60), standing(59), standing(13))).toEqual([
    '0 1.00 holds',
    '0 0.80 holds',
    '0 0.67 holds',
    null,
    null,
  ]);
});

test('sentences that lie far from each other are no passage', async () => {
  const demo = prose(0, 80);
  const apart = (gap: number): string =>
    [0, 20, 40, 60].map((from) => `${prose(from, 20)} ${prose(5000 + 100 * from, gap)}`).join(' ');
  expect(await found([demo], apart(3), apart(200))).toEqual(['0 1.00 holds', null]);
});

test('what is said again counts once', async () => {
  const refrain = prose(0, 15);
  const song = `${prose(100, 30)} ${refrain} ${prose(200, 40)}`;
  const repeated = `${prose(5000, 100)} ${Array.from({ length: 20 }, () => refrain).join(' ')}`;
  const twice = `${prose(100, 30)} ${refrain} ${prose(200, 40)} ${refrain} ${prose(300, 20)}`;
  // 70 of its 85 words follow what the document has said before
  expect(await found([song], repeated, `${refrain} ${song}`)).toEqual([null, '0 0.82 holds']);
  expect(await found([twice], repeated, `${prose(5000, 200)} ${twice}`)).toEqual([null, '0 1.00 holds']);
});

test('what many demos begin with tells of none, and what only one says does', async () => {
  const form = prose(0, 100);
  const demos = Array.from({ length: 12 }, (_, i) => `${form} ${prose(1000 * (i + 1), 30)}`);
  expect(
    await found(
      demos,
      `${form} ${prose(50_000, 30)}`,
      `${form} ${prose(3000, 30)}`,
      // without the form, inside a longer text
      `${prose(60_000, 500)} ${prose(4000, 30)}`,
    ),
  ).toEqual([null, '2 1.00 holds', '3 1.00 holds']);
});

test('a demo across the pieces of a long text is found, however many demos there are', async () => {
  const demo = prose(0, 300);
  const before = prose(100_000, 160_000).slice(0, 2 ** 20 - 500);
  const others = Array.from({ length: 3000 }, (_, i) => prose(1_000_000 + 500 * i, 40));
  expect(await found([...others, demo], `${before} ${demo} ${prose(900_000, 100)}`)).toEqual(['3000 1.00 holds']);
});
