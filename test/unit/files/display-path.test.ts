import { sep } from 'node:path';
import { expect, test } from 'vitest';
import { toDisplayPath } from '../../../electron/engine/base/files/paths.ts';

test.each([
  ['/home/ada/models/a.gguf', '~/models/a.gguf'],
  ['/home/ada', '~'],
  ['/home/ada/..models/a.gguf', '~/..models/a.gguf'],
  ['/home/adalbert/a.gguf', '/home/adalbert/a.gguf'],
  ['/srv/a.gguf', '/srv/a.gguf'],
])('%s reads as %s', (file, shown) => {
  expect(toDisplayPath(file, '/home/ada')).toBe(shown.startsWith('~') ? shown.replaceAll('/', sep) : shown);
});
