import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { nameProblemOnWindows, takeName } from '../../../electron/engine/base/files/windows.ts';

test.each([
  'con',
  'NUL.gguf',
  'C:\\models\\Lpt1.tar.gz',
  'com²',
  'a.gguf.',
  'a.gguf ',
  'C:\\a?.gguf',
  'a.gguf:part',
  'a\nb',
])('Windows takes %j for something else', (path) => {
  expect(nameProblemOnWindows(path, 'win32')).toMatchObject({ code: 'TARGET_UNWRITABLE' });
  expect(nameProblemOnWindows(path, 'linux')).toBeNull();
});

test.each(['C:\\con\\a.gguf', 'console.gguf', 'lpt.gguf', 'com10.gguf', 'モデル 1.gguf', '.hidden'])(
  'Windows takes %j as it is',
  (path) => {
    expect(nameProblemOnWindows(path, 'win32')).toBeNull();
  },
);

function twoFiles(): { from: string; to: string } {
  const folder = mkdtempSync(join(tmpdir(), 'winnow-files-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [from, to] = [join(folder, 'from'), join(folder, 'to')];
  writeFileSync(from, 'new');
  writeFileSync(to, 'old');
  return { from, to };
}

test.runIf(process.platform === 'win32')('a file that is looked at for a moment is replaced', async () => {
  const { from, to } = twoFiles();
  const open = openSync(to, 'r');
  setTimeout(() => closeSync(open), 300);
  await takeName(from, to);
  expect(readFileSync(to, 'utf8')).toBe('new');
});

test.runIf(process.platform === 'win32')('a file that stays open is not replaced, and the error says so', async () => {
  const { from, to } = twoFiles();
  const open = openSync(to, 'r');
  try {
    await expect(takeName(from, to)).rejects.toMatchObject({ code: 'EBUSY' });
    expect(readFileSync(to, 'utf8')).toBe('old');
  } finally {
    closeSync(open);
  }
});
