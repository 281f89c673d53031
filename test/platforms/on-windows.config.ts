// Tests that run on Windows: by default those of whatever touches files, processes and paths. Started by windows.test.ts and by
// on-windows.ts, which names others.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { defineConfig } from 'vitest/config';
import { bundledProcesses } from '../setup/bundled-processes.ts';

const FOLDERS = ['store', 'files', 'jobs', 'library', 'pruning', 'demos'];
/** Tests of other folders that are about Windows. */
const OTHERS = ['native/system-check', 'placement/machine-snapshot'];
const UNITS = {
  include: [
    ...FOLDERS.map((folder) => `test/unit/${folder}/**/*.test.ts`),
    ...OTHERS.map((file) => `test/unit/${file}.test.ts`),
  ],
  maxWorkers: 2,
  testTimeout: 120_000,
  hookTimeout: 120_000,
};
const named = process.env['WINNOW_TESTS_ON_WINDOWS'];
const bundled = bundledProcesses();
const FOREIGN_PACKAGES = pathToFileURL(join(import.meta.dirname, 'foreign-packages.ts')).href;

export default defineConfig({
  root: join(import.meta.dirname, '../..'),
  cacheDir: join(tmpdir(), 'winnow-vite'),
  test: {
    // a start takes seconds there, so that files share processes: what puts others in the place of modules cannot
    isolate: false,
    exclude: ['**/*.mocked.test.ts'],
    ...(named === undefined ? UNITS : { include: [named], maxWorkers: 1, testTimeout: 600_000, hookTimeout: 600_000 }),
    // a reader may be silent for seconds; on Wine it takes longer to load apache-arrow's hundred modules one by one
    env: { ...bundled, NODE_OPTIONS: `${bundled.NODE_OPTIONS} --import=${FOREIGN_PACKAGES}` },
  },
});
