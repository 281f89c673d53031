// The test projects: quick unit tests in parallel, then integration tests that load models, two files at a time where each
// can have cores of its own (test/setup/own-cores.ts), and those of them that compare figures once more with another of
// ggml's CPU backends: what they find must not rest on one processor's way to round.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { allowedCores } from './test/setup/allowed-cores.ts';
import { otherCpuVariant } from './test/setup/cpu-variants.ts';

/** None where cores cannot be shared out. */
const cores = allowedCores() ?? [];
const integrationWorkers = cores.length > 1 ? 2 : 1;

function integrationProject(name: string, groupOrder: number, include: string[], env: Record<string, string>) {
  return {
    test: {
      name,
      include,
      environment: 'node' as const,
      globalSetup: ['test/setup/reference-programs.ts'],
      setupFiles: ['test/setup/own-cores.ts'],
      env: {
        WINNOW_TEST_WORKERS: String(integrationWorkers),
        WINNOW_TEST_CORES: cores.join(),
        // hundreds of processes start: what they load is compiled once
        NODE_COMPILE_CACHE: fileURLToPath(new URL('./node_modules/.cache/compiled/', import.meta.url)),
        ...env,
      },
      maxWorkers: integrationWorkers,
      sequence: { groupOrder },
      testTimeout: 300_000,
      hookTimeout: 600_000,
    },
  };
}

/** Those whose bounds are about rounding. */
const NUMERIC = ['architectures', 'generate', 'nextn', 'quantised', 'routing-variants'];
/** Its rounding shows on a third of the models; the older the backend, the slower. */
const OTHER_CPU_EVERY = 3;
const otherCpu = otherCpuVariant();

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
      integrationProject('integration', 1, ['test/integration/**/*.test.ts'], {}),
      ...(otherCpu === null
        ? []
        : [
            integrationProject(
              'other-cpu',
              2,
              NUMERIC.map((name) => `test/integration/${name}.test.ts`),
              { WINNOW_CPU_BACKEND: otherCpu, WINNOW_TEST_EVERY: String(OTHER_CPU_EVERY) },
            ),
          ]),
    ],
  },
});
