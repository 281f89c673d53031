// The page and the preload script as the app loads them, before the specs that start the app.
import { fileURLToPath } from 'node:url';
import { test } from '@playwright/test';
import { build } from 'vite';
import { onElectron } from './launch.ts';
import { buildApp } from '../../electron/build-app.ts';

const CONFIGS = ['vite.config.ts', 'vite.preload.config.ts'] as const;

test('build', async () => {
  test.setTimeout(180_000);
  if (onElectron) buildApp();
  else {
    for (const config of CONFIGS) {
      const configFile = fileURLToPath(new URL(`../../${config}`, import.meta.url));
      await build({ configFile, logLevel: 'warn' });
    }
  }
});
