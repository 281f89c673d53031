import { expect, test } from 'vitest';
import { pageFile } from '../../../electron/main/page-file.ts';

test('an address of the page means a file of its folder', () => {
  expect(pageFile('/index.html', '/app/page')).toBe('/app/page/index.html');
  expect(pageFile('/assets/a%20b.js', '/app/page')).toBe('/app/page/assets/a b.js');
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
])('it means no other file: %s', (path) => expect(pageFile(path, '/app/page')).toBeNull());
