import { expect, test } from 'vitest';
import { uniform } from '../../../electron/engine/base/statistics/numbers.ts';
import { indexDemos, overlapGroups } from '../../../electron/engine/demos/demo-index.ts';

const word = (i: number): string => ((i * 2_654_435_761) % 4_294_967_296).toString(36);
/** Words that no other range has. */
const prose = (from: number, count: number): string =>
  Array.from({ length: count }, (_, i) => word(from + i)).join(' ');

/** "demo share how" of each text, by its place. */
async function found(demos: readonly string[], ...texts: string[]): Promise<(string | null)[]> {
  const index = await indexDemos(demos.map((text, of) => ({ of, text })));
  return texts.map((text) => {
    const { largest } = index.compare(text);
    return largest ? `${largest.demo} ${largest.share.toFixed(2)} ${largest.how}` : null;
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
  expect(await found([song], repeated, `${refrain} ${song}`)).toEqual([null, '0 1.00 holds']);
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

const lettersChanged = (text: string, every: number, first = 0): string =>
  text
    .split(' ')
    .map((word, i) => (i % every === first ? `${word.slice(0, -1)}é` : word))
    .join(' ');

test('one letter changed every ten words hides nothing, of every second it hides all', async () => {
  const demo = prose(0, 300);
  const around = (text: string) => `${prose(5000, 200)} ${text} ${prose(7000, 200)}`;
  const texts = [10, 9, 2].map((every) => around(lettersChanged(demo, every)));
  expect(await found([demo], ...texts)).toEqual(['0 0.90 holds', '0 0.88 holds', null]);
  const inLong = [10, 5].map((every) => `${prose(5000, 9000)} ${lettersChanged(demo, every)} ${prose(20_000, 9000)}`);
  expect(await found([demo], ...inLong)).toEqual(['0 0.90 holds', null]);
});

test('a text that says itself again is found with a line before it, however often it does', async () => {
  const rows = Array.from({ length: 400 }, (_, i) => `${prose(i % 7, 12)} ${prose(1000 + i, 3)}`).join('\n');
  expect(await found([rows], `A line before.\n${rows}`, `${rows}\n${prose(90_000, 9)}`)).toEqual([
    '0 1.00 holds',
    '0 1.00 holds',
  ]);
});

test('demos that contain each other count once: a chat handed over turn by turn, variants of one text', async () => {
  const turns = Array.from({ length: 20 }, (_, turn) => prose(0, 40 * (turn + 1)));
  const variants = Array.from({ length: 30 }, (_, i) => `${prose(20_000, 150)} variant ${i} ${prose(20_150, 150)}`);
  const others = Array.from({ length: 30 }, (_, i) => prose(50_000 + 1000 * i, 60));
  const demos = [...turns, ...variants, ...others];
  const copies = [turns[4]!, turns[19]!, variants[7]!].map((text) => `A line before.\n${text}`);
  for (const copy of await found(demos, ...copies)) expect(copy).not.toBeNull();
  const groups = await overlapGroups(demos);
  expect(groups).toEqual([...turns.map(() => 0), ...variants.map(() => 1), ...others.map((_, i) => i + 2)]);
});

test('a form with a gap to fill tells of none, however short the gap is', async () => {
  const form = prose(0, 20);
  const demos = Array.from({ length: 40 }, (_, i) => `${form} ${word(1000 + i)} ${word(2000 + i)}`);
  expect(await found(demos, `${form} ${word(3000)} ${word(4000)}`)).toEqual([null]);
  expect(new Set(await overlapGroups(demos)).size).toBe(40);
});

test('it says how much of a text can be compared', async () => {
  const form = prose(0, 90);
  const index = await indexDemos(
    Array.from({ length: 12 }, (_, of) => ({ of, text: `${form} ${prose(1000 * (of + 1), 30)}` })),
  );
  const share = (text: string) => {
    const { weight, comparable } = index.compare(text);
    return comparable / weight;
  };
  expect(share(prose(9, 9))).toBe(0);
  expect(share(prose(70_000, 7))).toBe(0);
  expect(share(`${form} ${prose(70_000, 10)}`)).toBe(0.1);
  expect(share(prose(70_000, 10))).toBe(1);
});

/** What a naive reading finds: the words of runs of 8 that both have, as a share of the shorter one's. */
function naiveShare(one: string, other: string): number {
  const [short, long] = [one, other].map((text) => text.split(' ')).sort((a, b) => a.length - b.length) as [
    string[],
    string[],
  ];
  const runs = new Set(long.slice(7).map((_, i) => long.slice(i, i + 8).join(' ')));
  const common = short.map((_, at) =>
    Array.from({ length: 8 }, (__, back) => at - back).some(
      (start) => start >= 0 && start + 8 <= short.length && runs.has(short.slice(start, start + 8).join(' ')),
    ),
  );
  return common.filter(Boolean).length / short.length;
}

test('any run of 8 words that both have is found, whatever stands around it', async () => {
  const random = uniform(3);
  for (let round = 0; round < 200; round++) {
    const words = Array.from({ length: 60 }, () => word(Math.floor(random() * 1000)));
    const other = words.map((one) => (random() < 0.06 ? word(5000 + Math.floor(random() * 1000)) : one)).join(' ');
    const demo = words.join(' ');
    const share = naiveShare(demo, other);
    const [text] = await found([demo], other);
    if (share < 2 / 3) expect(text).toBeNull();
    else expect(Number(text?.split(' ')[1])).toBeCloseTo(share, 1);
  }
});
