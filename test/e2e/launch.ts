// Starts apps for specs: on the double of Electron, or on a real one where WINNOW_ELECTRON=1 asks for it. Specs cannot
// tell the two apart.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test as base } from '@playwright/test';
import '../setup/own-cores.ts';
import { launchDouble } from './launch-double.ts';
import { ELECTRON_PROGRAM, launchElectron } from './launch-electron.ts';
import type { AppCode, LaunchOptions } from './launch-options.ts';
import type { AppHandle } from './person.ts';

const root = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

export const WINNOW: AppCode = {
  source: root('electron/main/main.ts'),
  build: () => {
    const built = root('dist/app');
    if (!existsSync(built)) throw new Error('Build the app for Electron first: node electron/build-app.ts');
    return built;
  },
};

type Fixtures = {
  /** Starts an app, by default Winnow for a person with an empty home folder. It ends with the test. */
  launch: (options?: Partial<LaunchOptions>) => Promise<AppHandle>;
};

export const onElectron = process.env['WINNOW_ELECTRON'] === '1';

export const test = base.extend<Fixtures>({
  launch: async ({ browser }, use, testInfo) => {
    const running: AppHandle[] = [];
    if (onElectron && !existsSync(ELECTRON_PROGRAM)) throw new Error(`There is no Electron at ${ELECTRON_PROGRAM}.`);
    await use(async (options = {}) => {
      const whole = { app: WINNOW, home: testInfo.outputPath('home'), ...options };
      const handle = onElectron ? await launchElectron(whole) : await launchDouble(browser, whole);
      running.push(handle);
      return handle;
    });
    const ends = await Promise.allSettled(running.map((handle) => handle.dispose()));
    for (const handle of running) {
      await testInfo.attach('log', { body: handle.logs().join('\n'), contentType: 'text/plain' });
    }
    const failures = ends.flatMap((end) => (end.status === 'rejected' ? [String(end.reason)] : []));
    if (failures.length > 0) throw new Error(failures.join('\n'));
  },
});

export { expect } from '@playwright/test';
