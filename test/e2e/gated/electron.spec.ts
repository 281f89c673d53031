// What the double of Electron cannot prove. Skipped unless WINNOW_ELECTRON=1 says that a real one is installed; then
// `npm run test:electron` runs these and, on the same Electron, the suite `desktop`: so the double of Electron is held to what the
// shell calls.
// Beyond any of them are the system's own windows: file dialogs, notifications, installers. They stay a person's to try.
import { execFileSync } from 'node:child_process';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { _electron, type ElectronApplication, type Page } from '@playwright/test';
import { NewScreen } from '../pages/new-screen.ts';
import { Frame } from '../pages/frame.ts';
import { ScoreScreen } from '../pages/score-screen.ts';
import { Welcome } from '../pages/welcome.ts';
import { homeEnvironment } from '../home-environment.ts';
import { expect, onElectron, test, WINNOW } from '../launch.ts';
import { ELECTRON_PROGRAM } from '../launch-electron.ts';
import { packApp, startPackaged } from './packaged-app.ts';

test.skip(!onElectron, 'needs a real Electron: WINNOW_ELECTRON=1');

const WORK_MS = 180_000;
/** World of preload scripts, as Electron numbers them. */
const PRELOAD_WORLD = 999;
/** As Electron's fuses are written down in the program. */
const [OFF, ON] = [48, 49];

async function scoreSample(page: Page): Promise<void> {
  await new Welcome(page).sample.click();
  await new NewScreen(page).find.waitFor();
  await new Frame(page).go('score');
  await new ScoreScreen(page).start.click();
  await expect(new ScoreScreen(page).goChoose).toBeVisible({ timeout: WORK_MS });
}

test.describe('from the checkout', () => {
  const withApp = async (home: string, work: (app: ElectronApplication) => Promise<void>): Promise<void> => {
    const app = await _electron.launch({
      executablePath: ELECTRON_PROGRAM,
      args: [await WINNOW.build(), ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
      env: { ...(process.env as Record<string, string>), ...homeEnvironment(home) },
    });
    try {
      await work(app);
    } finally {
      await app.close();
    }
  };

  test('the page is sandboxed, and sees nothing of Node', async ({}, testInfo) => {
    await withApp(testInfo.outputPath('home'), async (app) => {
      const page = await app.firstWindow();
      const preferences = await app.evaluate(({ webContents }) =>
        (webContents.getAllWebContents()[0] as unknown as { getLastWebPreferences(): object }).getLastWebPreferences(),
      );
      expect(preferences).toMatchObject({ sandbox: true, contextIsolation: true, nodeIntegration: false });
      expect(
        await page.evaluate(() => [typeof Reflect.get(window, 'process'), typeof Reflect.get(window, 'require')]),
      ).toEqual(['undefined', 'undefined']);
    });
  });

  test('the preload script has a world of its own', async ({}, testInfo) => {
    await withApp(testInfo.outputPath('home'), async (app) => {
      const page = await app.firstWindow();
      await page.evaluate(() => Object.assign(window, { ofThePage: true }));
      const seen = await app.evaluate(
        ({ webContents }, world) =>
          webContents
            .getAllWebContents()[0]
            ?.executeJavaScriptInIsolatedWorld(world, [
              { code: '[typeof window.winnow, typeof window.ofThePage]' },
            ]) as Promise<unknown>,
        PRELOAD_WORLD,
      );
      expect(seen).toEqual(['undefined', 'undefined']);
      expect(await page.evaluate(() => typeof Reflect.get(window, 'winnow'))).toBe('object');
    });
  });
});

test.describe('packed by electron-builder', () => {
  let program = '';

  test.beforeAll(() => {
    test.setTimeout(900_000);
    program = packApp();
  });

  test('the fuses are set', async () => {
    const fuses = await getCurrentFuseWire(program);
    expect(fuses).toMatchObject({
      [FuseV1Options.RunAsNode]: OFF,
      [FuseV1Options.EnableCookieEncryption]: ON,
      [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: OFF,
      [FuseV1Options.EnableNodeCliInspectArguments]: OFF,
      [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: ON,
      [FuseV1Options.OnlyLoadAppFromAsar]: ON,
      [FuseV1Options.GrantFileProtocolExtraPrivileges]: OFF,
    });
  });

  test('the program is no Node', () => {
    const output = execFileSync(program, ['--version', '--print', '"it ran"'], {
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
      encoding: 'utf8',
      timeout: 30_000,
    });
    expect(output).not.toContain('it ran');
  });

  test('page and processes load from the archive, the addons from beside it', async ({}, testInfo) => {
    test.setTimeout(2 * WORK_MS);
    const app = await startPackaged(program, testInfo.outputPath('home'));
    try {
      await scoreSample(app.page);
    } finally {
      await app.close();
    }
  });
});
