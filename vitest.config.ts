// The test projects: quick unit tests in parallel, then integration tests that load models, some files at a time where
// cores can be shared out (test/setup/own-cores.ts). The long ones run apart (`npm run test:long`). Those of devices that another machine has run beside what is emulated
// (test/platforms/run-platforms.ts): a graphics card; and, of tests that compare figures, some once more with another of ggml's CPU
// backends, since what they find must not rest on one processor's way to round.
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { allowedCores, testWorkers } from './test/setup/allowed-cores.ts';
import { bundledProcesses } from './test/setup/bundled-processes.ts';
import { COMPILE_CACHE } from './test/setup/compile-cache.ts';
import { LongestFirst } from './test/setup/longest-first.ts';
import { otherCpuVariant } from './test/setup/cpu-variants.ts';

/** Of the processes that tests start. */
const PROCESSES = { ...bundledProcesses(), NODE_COMPILE_CACHE: COMPILE_CACHE };

/** None where cores cannot be shared out. */
const cores = allowedCores() ?? [];
const integrationWorkers = testWorkers(cores);

/** Tests that put others in the place of modules, which no other test may see. */
const REPLACING_MODULES = 'test/unit/**/*.mocked.test.ts';

type Files = { include: string[]; exclude?: string[] };

function unitProject(name: string, files: Files & { isolate?: boolean }) {
  return {
    test: {
      name,
      ...files,
      environment: 'node' as const,
      env: PROCESSES,
      // left to itself, the runner keeps one core for its own; some wait for processes and timers
      maxWorkers: availableParallelism() + 1,
      // some start processes, which takes its time on a busy machine
      testTimeout: 30_000,
      hookTimeout: 30_000,
    },
  };
}

function integrationProject(name: string, files: Files, env: Record<string, string> = {}) {
  return {
    test: {
      name,
      ...files,
      environment: 'node' as const,
      // as above; what a file puts into the environment ends with it
      isolate: false,
      globalSetup: ['test/setup/reference-programs.ts', 'test/setup/built-page.ts'],
      setupFiles: ['test/setup/own-cores.ts', 'test/setup/own-environment.ts'],
      env: {
        WINNOW_TEST_WORKERS: String(integrationWorkers),
        WINNOW_TEST_CORES: cores.join(),
        ...PROCESSES,
        ...env,
      },
      maxWorkers: integrationWorkers,
      // after the unit tests
      sequence: { groupOrder: 1 },
      testTimeout: 300_000,
      hookTimeout: 600_000,
    },
  };
}

/** Of a card in software, whose kernels take longer to compile than most else takes. */
const GRAPHICS_CARD = 'test/integration/gpu.test.ts';

/** A whole search by the command line, work that is killed and gone on with, attacks on all processes, and a sweep over architectures. */
const LONG = ['attack', 'fit', 'interrupted', 'narrowed', 'repair-interrupted'].map(
  (name) => `test/integration/${name}.test.ts`,
);

/** What means Winnow ill (`npm run hostile`). */
const HOSTILE = ['attack', 'fuzz', 'kills'].map((name) => `test/integration/${name}.test.ts`);

/** Those whose bounds are about rounding. */
const NUMERIC = ['architectures', 'generate', 'nextn', 'quantised', 'routing-variants'];
/** Its rounding shows on some of the models; the older the backend, the slower. All of them: `npm run test:other-cpu`. */
const OTHER_CPU_EVERY = '9';
const otherCpu = otherCpuVariant();

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      // one process after another would load the same modules: all files of a worker share them
      unitProject('unit', { include: ['test/unit/**/*.test.ts'], exclude: [REPLACING_MODULES], isolate: false }),
      unitProject('unit-mocked', { include: [REPLACING_MODULES] }),
      integrationProject('integration', {
        ...{ include: ['test/integration/**/*.test.ts'], exclude: [GRAPHICS_CARD, ...LONG] },
      }),
      integrationProject('long', { include: LONG, exclude: [] }),
      integrationProject('hostile', { include: HOSTILE }),
      integrationProject('device-gpu', { include: [GRAPHICS_CARD] }),
      ...(otherCpu === null
        ? []
        : [
            integrationProject(
              'device-cpu',
              { include: NUMERIC.map((name) => `test/integration/${name}.test.ts`) },
              { WINNOW_CPU_BACKEND: otherCpu, WINNOW_TEST_EVERY: OTHER_CPU_EVERY },
            ),
          ]),
    ],
  },
});
