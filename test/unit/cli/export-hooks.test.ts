// What a command that writes a model says while it goes on.
import { expect, test } from 'vitest';
import type { Context } from '../../../electron/cli/context.ts';
import { showExport } from '../../../electron/cli/export-hooks.ts';
import { Output } from '../../../electron/cli/output.ts';
import type { JobView } from '../../../electron/contract/api/jobs.ts';

function shown(view: Pick<JobView, 'done' | 'total' | 'unit' | 'step'>): string {
  let text = '';
  const write = (piece: string): void => void (text += piece);
  const output = new Output(false, { out: { write }, err: { write, isTTY: false } });
  showExport({ output } as Context, 'writing').onProgress({ perSecond: 2e6, ...view } as JobView);
  return text;
}

test('a file is written, then read back', () => {
  const step = { key: 'writing', done: 0, total: 0 };
  expect(shown({ done: 25, total: 100, unit: 'bytes', step })).toBe('writing  25 %  2.0 MB/s\n');
  expect(shown({ done: 75, total: 100, unit: 'bytes', step: null })).toBe('verifying  75 %  2.0 MB/s\n');
});

test('a repair says each of its steps, and never that it writes', () => {
  for (const key of ['tokenising', 'recording', 'loading', 'judging', 'fitting', 'repairing'])
    expect(shown({ done: 240, total: 1000, unit: 'permille', step: { key, done: 1, total: 4 } })).toBe(
      `${key}  25 %\n`,
    );
  expect(shown({ done: 240, total: 1000, unit: 'permille', step: null })).toBe('');
});
