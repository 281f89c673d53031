// What the half of the text that a search has not seen says of what it found, and what the page offers then.
import { expect, test } from 'vitest';
import { fitOffer } from '../../../electron/contract/fit-texts.ts';
import type { FitFindings } from '../../../electron/contract/fit.ts';
import { loadLocale } from '../../../electron/contract/text/i18n.ts';
import { uniform } from '../../../electron/engine/base/statistics/numbers.ts';
import { confirmation } from '../../../electron/engine/measure/fit/prove.ts';
import { Search, type Running } from '../../../electron/engine/measure/fit/search.ts';
import { figuresOf, stage, TOKENS } from './stage-sums.ts';

type ConfirmedFile = Parameters<typeof confirmation>[0];
const UNITS = 24;

/** @param noise in every second unit more, in the others less */
function proved(file: number, inside: number, outside: number | null = null, noise = 0.0001): ConfirmedFile {
  const kl = (mean: number) => (unit: number) => mean + (unit % 2 === 0 ? noise : -noise);
  return {
    file,
    inside: [figuresOf(stage(UNITS, { kl: kl(inside) }))],
    outside: outside === null ? [] : [figuresOf(stage(UNITS, { kl: kl(outside) }))],
  };
}

const winner = proved(1, 0.1, 0.5, 0.03);

test('the winner stays the best where its rival is farther, or where nobody can tell', () => {
  const worse = confirmation(winner, proved(2, 0.15));
  expect(worse).toMatchObject({ best: 1, contradicts: false, over: { file: 2, outside: null } });
  expect(worse.over!.inside.value).toBeCloseTo(0.05, 6);
  expect(worse.tokens).toBe(UNITS * TOKENS);
  expect([...worse.confirmed.keys()]).toEqual([1, 2]);
  // nearer, but by less than its noise
  expect(confirmation(winner, proved(2, 0.099, 0.5))).toMatchObject({ best: 1, contradicts: false });
});

test('a rival that is measurably nearer is the best file, and stands beside what the search had found', () => {
  const found = confirmation(winner, proved(2, 0.05));
  expect(found).toMatchObject({ best: 2, contradicts: true, over: { file: 1 } });
  expect(found.over!.inside.value).toBeCloseTo(0.05, 6);
  expect(found.perplexity).toBeCloseTo(proved(2, 0.05).inside[0]!.figures.perplexity.value, 6);
});

test('so is one that is not measurably farther, and clearly nearer on other text', () => {
  expect(confirmation(winner, proved(2, 0.101, 0.4))).toMatchObject({ best: 2, contradicts: true });
  expect(confirmation(winner, proved(2, 0.101, 0.495))).toMatchObject({ best: 1, contradicts: false });
  expect(confirmation(winner, proved(2, 0.15, 0.4))).toMatchObject({ best: 1, contradicts: false });
});

test('once the search is overruled, its contenders are not known to be as good', () => {
  const confirmed = confirmation(winner, proved(2, 0.15));
  expect([1, 2, 3].map((file) => confirmed.contends(file, file !== 2))).toEqual([true, false, true]);
  const overruled = confirmation(winner, proved(2, 0.05));
  expect([1, 2, 3].map((file) => overruled.contends(file, true))).toEqual([false, true, false]);
});

test('without a rival the figures are the winner’s', () => {
  expect(confirmation(winner, null)).toMatchObject({ best: 1, contradicts: false, over: null });
});

const en = await loadLocale('en');
const N_EXPERT = 32;

/** A search among files that were measured, each in one text of the domain and one of another. */
function searchAmong(
  files: readonly { keep: number; inside: ConfirmedFile['inside']; outside: ConfirmedFile['outside'] }[],
) {
  const running = files.map(({ keep, inside, outside }) => ({
    ...{ keep, type: 'Q4_K_M', mix: null, width: null, bytes: 9e6, memoryBytes: 1e7, after: null, kept: [] },
    subject: { hash: '', of: { info: null as never } },
    inside: new Map([[0, inside]]),
    outside,
  }));
  const texts = { inside: [], outside: [] } as unknown as ConstructorParameters<typeof Search>[1]['texts'];
  return new Search(running as unknown as readonly Running[], { texts, nExpert: N_EXPERT }, null as never).found();
}

test('no file is offered, or called as good, that ties on the work and is kinder elsewhere, in 200 random tables', () => {
  const random = uniform(4);
  const between = (low: number, high: number): number => low + (high - low) * random();
  const seen = { contradicted: 0, offered: 0, tied: 0 };
  for (let table = 0; table < 200; table++) {
    const noise = between(0.002, 0.03);
    const measured = (kl: number) =>
      figuresOf(stage(8, { kl: () => Math.max(0, kl + between(-noise, noise)), nll: () => between(-0.05, 0.05) }));
    const files = Array.from({ length: 6 }, (_, file) => ({
      keep: file < 2 ? N_EXPERT : 12 + 2 * file,
      far: between(0.04, 0.07),
      elsewhere: between(0.05, 0.3) * (file < 2 ? 0.5 : 1),
    }));
    const once = ({ far, elsewhere }: (typeof files)[number]) => ({
      inside: [measured(far)],
      outside: [measured(elsewhere)],
    });
    const found = searchAmong(files.map((file) => ({ keep: file.keep, ...once(file) })));
    const [first, second] = [found.winner, found.rival!].map((file) => ({ file, ...once(files[file]!) }));
    const { confirmed, contends, ...proof } = confirmation(first!, second!);
    const listed = found.files.map((file, index) => ({
      ...file,
      isContender: contends(index, file.isContender),
      confirmed: confirmed.get(index) ?? null,
    }));
    const result = { files: listed, nExpert: N_EXPERT, ended: 'decided', ...proof } as unknown as FitFindings;
    const { inside, outside } = proof.over!;
    const ties = inside.low! <= 0;
    if (fitOffer(result, en) !== null) {
      expect(ties, `table ${table} offers a tie`).toBe(false);
      seen.offered++;
    }
    expect(ties && outside!.high! < -Math.log(1.01), `table ${table}`).toBe(false);
    const best = listed[proof.best]!;
    for (const file of listed) {
      if (!file.isContender || file === best) continue;
      expect(file.klOutside!.value, `table ${table}`).toBeGreaterThanOrEqual(best.klOutside!.value);
      seen.tied++;
    }
    if (proof.contradicts) seen.contradicted++;
  }
  // each case came up
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(5);
}, 120_000);
