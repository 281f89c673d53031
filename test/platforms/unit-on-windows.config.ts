// The unit tests that run on Windows: of whatever touches files, processes and paths. Started by windows.test.ts.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { bundledProcesses } from '../setup/bundled-processes.ts';

const ROOMS = ['store', 'files', 'jobs', 'library', 'pruning', 'demos'];
/** Of other rooms, what is about Windows. */
const OTHERS = ['native/system-check', 'placement/machine-snapshot', 'benchmark/memory-cgroup'];

export default defineConfig({
  root: join(import.meta.dirname, '../..'),
  cacheDir: join(tmpdir(), 'winnow-vite'),
  test: {
    include: [
      ...ROOMS.map((room) => `test/unit/${room}/**/*.test.ts`),
      ...OTHERS.map((file) => `test/unit/${file}.test.ts`),
    ],
    exclude: ['**/*.mocked.test.ts'],
    // a reader may be silent for seconds; on Wine it takes longer to load apache-arrow's hundred modules one by one
    env: bundledProcesses(),
    isolate: false,
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
