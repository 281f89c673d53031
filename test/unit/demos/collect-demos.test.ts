// Which demos of a set are taken.
import { expect, test } from 'vitest';
import { gatherDemos, takenByBytes, takenDemos } from '../../../electron/engine/demos/collect-demos.ts';
import type { TakenDemos } from '../../../electron/contract/taken-demos.ts';
import { scratchFiles } from './scratch-files.ts';
import { forkWorker } from '../../../electron/engine/base/backend/worker-host.ts';

const TEN = Array.from({ length: 10 }, () => 1);
const files = scratchFiles();

/** The places of those that are taken. */
function takenPlaces(lengths: readonly number[], taken: TakenDemos): number[] {
  return takenDemos([...lengths.keys()], (place) => lengths[place]!, taken);
}

test.each<[TakenDemos, number]>([
  [{}, 10],
  [{ limit: 3 }, 3],
  [{ limit: 30 }, 10],
  [{ holdBack: 0.2 }, 8],
  [{ limit: 9, holdBack: 0.2 }, 8],
  [{ limit: 3, holdBack: 0.2 }, 3],
])('of ten demos %o takes the first %i', (taken, count) => {
  expect(takenPlaces(TEN, taken)).toEqual(Array.from({ length: count }, (_, place) => place));
});

test('the longest are taken in the order of the set, of equals the earlier one, and none that is held back', () => {
  const lengths = [5, 9, 2, 9, 7, 9, 1, 3, 40, 50];
  expect(takenPlaces(lengths, { limit: 2, limitBy: 'longest', holdBack: 0.2 })).toEqual([1, 3]);
  expect(takenPlaces(lengths, { limit: 4, limitBy: 'longest', holdBack: 0.2 })).toEqual([1, 3, 4, 5]);
  expect(takenPlaces(lengths, { limit: 4, limitBy: 'longest' })).toEqual([1, 3, 8, 9]);
});

test('a random sample is always the same, none twice, and takes each part of the set as often as any other', () => {
  const lengths = new Array<number>(5000).fill(1);
  const drawn = () => takenPlaces(lengths, { limit: 1500, limitBy: 'random', holdBack: 0.2 });
  const places = drawn();
  expect(drawn()).toEqual(places);
  expect(new Set(places).size).toBe(1500);
  expect(places).toEqual([...places].sort((a, b) => a - b));
  const eighths = Map.groupBy(places, (place) => Math.floor(place / 500));
  expect([...eighths.keys()]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  // hypergeometric, below binomial with p = 3/8: five standard deviations
  for (const { length } of eighths.values())
    expect(Math.abs(length - 1500 / 8)).toBeLessThan(5 * Math.sqrt((500 * 3 * 5) / 64));
});

test('of files the longest demos are taken, not the first', async () => {
  const rows = ['short', 'a much longer text than the others', 'middling text', 'tiny'];
  const path = files.write('texts.jsonl', rows.map((text) => `${JSON.stringify({ text })}\n`).join(''));
  const { demos } = await gatherDemos([path], forkWorker);
  expect(takenByBytes(demos, { limit: 2, limitBy: 'longest' }).map(({ line }) => line)).toEqual([2, 3]);
});
