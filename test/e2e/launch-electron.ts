// Starts an app on a real Electron, through Playwright.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { _electron, type ElectronApplication, type Page } from '@playwright/test';
import type { AppHandle, LaunchOptions } from './app-handle.ts';
import { dragFiles } from './drag-files.ts';
import { answerDialogs, openDiary, watchDesktop } from './electron-person.ts';
import { menuOf, refuseLeftovers, sightsOf, systemOf, tellOfFile, windowOf } from './electron-remote.ts';
import { FOREIGN_VARIABLES, homeEnvironment } from './home-environment.ts';
import { within } from './within.ts';

const PROGRAMS: Readonly<Record<string, string>> = {
  darwin: 'Electron.app/Contents/MacOS/Electron',
  win32: 'electron.exe',
};

export const ELECTRON_PROGRAM = fileURLToPath(
  new URL(`../../node_modules/electron/dist/${PROGRAMS[process.platform] ?? 'electron'}`, import.meta.url),
);

type Start = { readonly args: readonly string[]; readonly env: Record<string, string> };

export async function launchElectron(options: LaunchOptions): Promise<AppHandle> {
  const start: Start = {
    args: [
      await options.app.build(),
      `--lang=${options.locale ?? 'en-US'}`,
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ],
    env: environment(options),
  };
  const app = await _electron.launch({
    executablePath: ELECTRON_PROGRAM,
    args: [...start.args, ...(options.args ?? [])],
    env: start.env,
  });
  const logs: string[] = [];
  const child = app.process();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => logs.push(...chunk.toString().split('\n')));
  }
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal ?? 'unknown') as number | string);
  await app.evaluate(openDiary);
  await app.evaluate(answerDialogs);
  await app.evaluate(watchDesktop);
  if (options.colorScheme) await systemOf(app).setSystemTheme(options.colorScheme);
  const page = await app.firstWindow();
  page.on('console', (message) => logs.push(`page ${message.type()}: ${message.text()}`));
  await page.waitForURL((url) => url.protocol !== 'about:');
  await within(30_000, 'the window was not shown', shown(app));
  return handleOf({ app, page, logs, ended, start });
}

async function shown(app: ElectronApplication): Promise<void> {
  while (!(await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible()))) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function environment({ home, env }: LaunchOptions): Record<string, string> {
  const inherited = Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  const own = inherited.filter(([name]) => !FOREIGN_VARIABLES.some((foreign) => foreign === name));
  return { ...Object.fromEntries(own as [string, string][]), ...homeEnvironment(home), ...env };
}

type Running = {
  readonly app: ElectronApplication;
  readonly page: Page;
  readonly logs: string[];
  readonly ended: Promise<number | string>;
  readonly start: Start;
};

function handleOf({ app, page, logs, ended, start }: Running): AppHandle {
  return {
    page,
    dragFiles: (paths, selector) => dragFiles(page, paths, selector),
    dropFiles: async (paths, selector) => {
      await (await dragFiles(page, paths, selector)).drop();
    },
    ...sightsOf(app),
    ...menuOf(app),
    ...windowOf(app),
    ...systemOf(app),
    openFile: async (path) => {
      if (process.platform === 'darwin') return tellOfFile(app, path);
      await once(spawn(ELECTRON_PROGRAM, [...start.args, path], { env: start.env, stdio: 'ignore' }), 'exit');
    },
    quit: async () => {
      await refuseLeftovers(app);
      await app.evaluate(({ app: electron }) => {
        setTimeout(() => electron.quit());
      });
      return within(20_000, 'the app did not quit', ended);
    },
    ended: () => within(20_000, 'the app did not end', ended),
    logs: () => logs,
    dispose: async () => {
      const checked = await Promise.allSettled(stillRuns(app) ? [refuseLeftovers(app)] : []);
      app.process().kill('SIGKILL');
      await ended;
      for (const check of checked) if (check.status === 'rejected') throw check.reason;
    },
  };
}

/** Whether the app still runs. */
function stillRuns(app: ElectronApplication): boolean {
  const { exitCode, signalCode } = app.process();
  return exitCode === null && signalCode === null;
}
