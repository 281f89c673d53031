// What became of a file in other programs.
import { expect, test } from 'vitest';
import { withOpening, type Opening } from '../../../renderer/hand-over/openings.ts';

const opened = (program: Opening['program'], how: 'hard-link' | 'present' | 'commands', undoId: number | null) => ({
  ...{ program, error: null, cancel: () => undefined },
  opened: { program, how, undoId, displayPath: null, commands: [], ctx: null, isSplit: false },
});

test('what was made in a program can be taken back after the file went to another one and was found there again', () => {
  const made = withOpening([], opened('lm-studio', 'hard-link', 7));
  const beside = withOpening(made, opened('llama-cpp', 'commands', null));
  expect(beside.map(({ program, undoId }) => [program, undoId])).toEqual([
    ['llama-cpp', null],
    ['lm-studio', 7],
  ]);
  const again = withOpening(beside, opened('lm-studio', 'present', null));
  expect(again.map(({ program, undoId }) => [program, undoId])).toEqual([
    ['lm-studio', 7],
    ['llama-cpp', null],
  ]);
});
