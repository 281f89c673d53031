// End-to-end tests in the system's Chromium (Playwright's own where there is none).
import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';
import { allowedCores, testWorkers } from './test/setup/allowed-cores.ts';
import { bundledProcesses } from './test/setup/bundled-processes.ts';
import { COMPILE_CACHE } from './test/setup/compile-cache.ts';

process.env['NODE_COMPILE_CACHE'] ??= COMPILE_CACHE;
// its workers read this file again, with the environment that they are given
if (process.env['NODE_OPTIONS'] === undefined) Object.assign(process.env, bundledProcesses());

// some apps at a time where cores can be shared out (test/setup/own-cores.ts)
const cores = allowedCores() ?? [];
process.env['WINNOW_TEST_WORKERS'] ??= String(testWorkers(cores));
process.env['WINNOW_TEST_CORES'] ??= cores.join();

/** Debian's; the one that is only for tests, as Playwright's own, takes an eighth less time. */
const CHROMIUM = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'].find((path) => existsSync(path));

export default defineConfig({
  testDir: 'test/e2e',
  outputDir: 'out/e2e',
  reporter: [['list'], ['./test/e2e/closing-line.ts']],
  workers: Number(process.env['WINNOW_TEST_WORKERS']),
  // one that loses a race with the window is mended
  retries: 0,
  // a busy machine takes its time
  timeout: 180_000,
  expect: { timeout: 30_000 },
  forbidOnly: process.env['CI'] !== undefined,
  use: {
    launchOptions: {
      ...(CHROMIUM !== undefined && { executablePath: CHROMIUM }),
      // Chromium's own sandbox does not run as root
      chromiumSandbox: process.getuid?.() !== 0,
      // file names of any language, whatever the machine's own locale
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
      // closed networks
      args: ['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    },
    actionTimeout: 30_000,
    // recording costs a sixth of the time: ask for it with `--trace retain-on-failure`
    trace: 'off',
    screenshot: 'only-on-failure',
  },
  projects: [
    // what takes long comes before what fills the workers to the end
    { name: 'work', testMatch: 'work.setup.ts' },
    { name: 'build', testMatch: 'build.setup.ts' },
    // what electron-builder makes of the app, around a stand-in for Electron's program: one test after the other
    { name: 'packed', testDir: 'test/e2e/packed', dependencies: ['build'] },
    { name: 'served', testDir: 'test/e2e/served', fullyParallel: true, dependencies: ['build', 'work'] },
    { name: 'desktop', testDir: 'test/e2e/desktop', fullyParallel: true, dependencies: ['build', 'work'] },
    // whole searches, as somebody new does them and screen by screen: `npm run test:long`
    { name: 'journeys', testDir: 'test/e2e/journeys', fullyParallel: true, dependencies: ['build', 'work'] },
    // what only a real Electron can prove: skipped without one
    { name: 'gated', testDir: 'test/e2e/gated', dependencies: ['build'] },
    // not part of a normal run
    { name: 'bench', testDir: 'test/e2e/bench', dependencies: ['build'] },
    { name: 'screenshots', testDir: 'test/e2e/screenshots', dependencies: ['build', 'work'] },
  ],
});
