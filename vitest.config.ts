// Two test projects: quick unit tests in parallel, and integration tests that load models, one file at a time.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

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
          // hundreds of processes start: what they load is compiled once
          env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('./node_modules/.cache/compiled/', import.meta.url)) },
          // Each file may compile graphs, map a model and use every core.
          fileParallelism: false,
          maxWorkers: 1,
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
