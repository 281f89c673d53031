import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { pageFile } from '../../../electron/main/page-file.ts';

const FOLDER = resolve('/app/page');

test('an address of the page means a file of its folder', () => {
  expect(pageFile('/index.html', FOLDER)).toBe(join(FOLDER, 'index.html'));
  expect(pageFile('/assets/a%20b.js', FOLDER)).toBe(join(FOLDER, 'assets', 'a b.js'));
});

test.each([
  '/../secret.html',
  '/..%2fsecret.html',
  '/%2e%2e/secret.html',
  '/a/..%2f..%2f..%2fsecret.html',
  '/..',
  '/%',
  '/%E0%A4%A',
  '/a%00.html',
  '/../page-other/index.html',
  ...(process.platform === 'win32' ? ['/..%5csecret.html', '/a\\..\\..\\secret.html'] : []),
])('it means no other file: %s', (path) => expect(pageFile(path, FOLDER)).toBeNull());
