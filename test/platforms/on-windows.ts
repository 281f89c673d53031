// Test files of this checkout on Windows' own Node, by Wine: `npm run test:on-windows -- test/integration/split.test.ts …`.
// What compares with llama.cpp's own programs fails there: those are this system's.
import { join } from 'node:path';
import { emulated, missing, provide, ROOT } from './foreign.ts';

const files = process.argv.slice(2);
const reason = files.length === 0 ? 'Name test files.' : missing('win-x64');

if (reason === null) {
  await provide('win-x64');
  const windows = emulated('win-x64');
  const path = (name: string): string => windows.path(join(ROOT, name));
  const config = `--config=${path('test/platforms/on-windows.config.ts')}`;
  const { code, stdout, stderr } = await windows.node([path('node_modules/vitest/vitest.mjs'), 'run', config], {
    WINNOW_TESTS_ON_WINDOWS: files.join(' '),
  });
  process.stdout.write(stdout + stderr);
  process.exitCode = code ?? 1;
} else {
  process.stderr.write(`${reason}\n`);
  process.exitCode = 1;
}
