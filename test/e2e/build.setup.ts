// The page and the preload script as the app loads them, before the specs that start the app.
import { test } from '@playwright/test';
import { buildApp } from '../../electron/build-app.ts';
import { ensureBuilt } from '../setup/built-page.ts';
import { onElectron } from './launch.ts';

test('build', async () => {
  test.setTimeout(180_000);
  if (onElectron) buildApp();
  else {
    // `npm test` has built the page already
    await ensureBuilt('page');
    await ensureBuilt('preload');
  }
});
