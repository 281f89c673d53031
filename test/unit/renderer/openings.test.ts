// What became of a file in other programs.
import { expect, test } from 'vitest';
import { withKept, withOpening, type Opening } from '../../../renderer/hand-over/openings.ts';

const facts = (program: Opening['program'], undoId: number | null) => ({
  program,
  how: 'commands' as const,
  undoId,
  displayPath: null,
  commands: [],
  ctx: null,
  isSplit: false,
});
const opened = (program: Opening['program'], undoId: number | null): Opening => ({
  program,
  error: null,
  cancel: () => undefined,
  opened: facts(program, undoId),
});
const told = (openings: readonly Opening[]): unknown[] => openings.map((one) => [one.program, one.opened?.undoId]);

test('the last program is told of first, and each once', () => {
  const beside = withOpening(withOpening([], opened('lm-studio', 7)), opened('llama-cpp', null));
  expect(told(beside)).toEqual([
    ['llama-cpp', null],
    ['lm-studio', 7],
  ]);
  expect(told(withOpening(beside, opened('lm-studio', 8)))).toEqual([
    ['lm-studio', 8],
    ['llama-cpp', null],
  ]);
});

test('what the engine remembers stands below what this page has seen', () => {
  const kept = [
    { ...facts('lm-studio', 7), exportId: 1 },
    { ...facts('ollama', 6), exportId: 1 },
  ];
  expect(told(withKept([], kept))).toEqual([
    ['lm-studio', 7],
    ['ollama', 6],
  ]);
  expect(told(withKept([opened('ollama', 9)], kept))).toEqual([
    ['ollama', 9],
    ['lm-studio', 7],
  ]);
});
