// `npm run test:platforms`: other systems' programs on this one. What cannot be run is skipped, and says why.
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: join(import.meta.dirname, '../..'),
  test: {
    name: 'platforms',
    include: ['test/platforms/**/*.test.ts'],
    globalSetup: ['test/platforms/set-up.ts'],
    maxWorkers: 2,
    testTimeout: 900_000,
    hookTimeout: 300_000,
  },
});
