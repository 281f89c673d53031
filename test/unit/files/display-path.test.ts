import { sep } from 'node:path';
import { expect, test } from 'vitest';
import { displayPathOf } from '../../../electron/engine/base/files/paths.ts';

test.each([
  ['/home/ada/models/a.gguf', '~/models/a.gguf'],
  ['/home/ada', '~'],
  ['/home/ada/..models/a.gguf', '~/..models/a.gguf'],
  ['/home/adalbert/a.gguf', '/home/adalbert/a.gguf'],
  ['/srv/a.gguf', '/srv/a.gguf'],
])('%s reads as %s', (file, shown) => {
  expect(displayPathOf(file, '/home/ada')).toBe(shown.startsWith('~') ? shown.replaceAll('/', sep) : shown);
});
