// Two test projects: quick unit tests in parallel, then integration tests that load models, two files at a time where each
// can have cores of its own (test/setup/own-cores.ts).
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const canShareCores = availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0;
const integrationWorkers = canShareCores ? 2 : 1;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          environment: 'node',
          // some start processes, which takes its time on a busy machine
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          environment: 'node',
          setupFiles: ['test/setup/own-cores.ts'],
          env: {
            WINNOW_TEST_WORKERS: String(integrationWorkers),
            WINNOW_TEST_CORES: String(availableParallelism()),
            // hundreds of processes start: what they load is compiled once
            NODE_COMPILE_CACHE: fileURLToPath(new URL('./node_modules/.cache/compiled/', import.meta.url)),
          },
          maxWorkers: integrationWorkers,
          sequence: { groupOrder: 1 },
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
