// End-to-end tests in the system's Chromium (Playwright's own where there is none), one app at a time.
import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';

const CHROMIUM = '/usr/bin/chromium';

export default defineConfig({
  testDir: 'test/e2e',
  outputDir: 'out/e2e',
  reporter: 'list',
  workers: 1,
  timeout: 60_000,
  forbidOnly: process.env['CI'] !== undefined,
  use: {
    launchOptions: {
      ...(existsSync(CHROMIUM) && { executablePath: CHROMIUM }),
      // Chromium's own sandbox does not run as root
      chromiumSandbox: process.getuid?.() !== 0,
      // closed networks
      args: ['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    },
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
  },
  projects: [
    // holds the double of Electron to Electron's behaviour
    { name: 'electron-api', testDir: 'test/e2e/electron-api' },
    { name: 'build', testMatch: 'build.setup.ts' },
    { name: 'desktop', testDir: 'test/e2e/desktop', dependencies: ['build'] },
    { name: 'served', testDir: 'test/e2e/served', dependencies: ['build'] },
  ],
});
