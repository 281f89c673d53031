// `npm run test:platforms`: other systems' programs on this one. What cannot be run is skipped, and says why.
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: join(import.meta.dirname, '../..'),
  test: {
    name: 'platforms',
    include: ['test/platforms/**/*.test.ts'],
    maxWorkers: 1,
    testTimeout: 1_200_000,
    // compiles the native part for them
    hookTimeout: 1_800_000,
  },
});
