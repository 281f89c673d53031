import { expect, test } from 'vitest';
import { nativePath } from '../../../electron/engine/base/backend/native-path.ts';

const LONG = `C:\\models\\${'n'.repeat(250)}.gguf`;

test('on Windows a long path gets the form that has no limit, once', () => {
  const path = nativePath(LONG, 'win32');
  expect(path).toBe(`\\\\?\\${LONG}`);
  expect(nativePath(path, 'win32')).toBe(path);
  const share = `\\\\server\\models\\${'n'.repeat(250)}.gguf`;
  expect(nativePath(share, 'win32')).toBe(`\\\\?\\UNC\\${share.slice(2)}`);
});

test('short ones, and all of other systems, stay as they are', () => {
  expect(nativePath('C:\\models\\a.gguf', 'win32')).toBe('C:\\models\\a.gguf');
  expect(nativePath(`/models/${'n'.repeat(250)}.gguf`, 'linux')).toBe(`/models/${'n'.repeat(250)}.gguf`);
});
