// What is told of completions while they are written, whatever comes late.
import { expect, test } from 'vitest';
import { ToldOnce } from '../../../electron/engine/base/backend/told-once.ts';

type WrittenPart = Parameters<ToldOnce['tell']>[0][number];
type Completion = Parameters<ToldOnce['end']>[0][number];

const part = (prompt: number, tokens: readonly number[], stop: WrittenPart['stop'] = null): WrittenPart => ({
  prompt,
  tokens: Int32Array.from(tokens),
  stop,
});
const completion = (tokens: readonly number[], stop: Completion['stop'] = 'length'): Completion => ({
  tokens: Int32Array.from(tokens),
  stop,
});
const list = (parts: readonly WrittenPart[]) => parts.map(({ prompt, tokens, stop }) => [prompt, [...tokens], stop]);

test('last words that come behind the result are told by it, once', () => {
  const heard: unknown[] = [];
  const told = new ToldOnce((parts) => heard.push(...list(parts)));
  told.tell([part(0, [1, 2]), part(1, [7], 'eog')]);
  told.end([completion([1, 2, 3, 4]), completion([7], 'eog'), completion([9])]);
  told.tell([part(0, [3, 4], 'length'), part(2, [9], 'length')]);
  expect(heard).toEqual([
    [0, [1, 2], null],
    [1, [7], 'eog'],
    [0, [3, 4], 'length'],
    [2, [9], 'length'],
  ]);
});

test('an end without new tokens is told, too', () => {
  const heard: unknown[] = [];
  const told = new ToldOnce((parts) => heard.push(...list(parts)));
  told.tell([part(0, [1, 2])]);
  told.end([completion([1, 2], 'eog')]);
  expect(heard).toEqual([
    [0, [1, 2], null],
    [0, [], 'eog'],
  ]);
});

test('nothing is told at the end where all was', () => {
  const heard: unknown[] = [];
  const told = new ToldOnce((parts) => heard.push(...list(parts)));
  told.tell([part(0, [1], 'length')]);
  told.end([completion([1])]);
  expect(heard).toHaveLength(1);
});
