// Starts an app on a real Electron, through Playwright.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { _electron, type ElectronApplication, type Page } from '@playwright/test';
import type { AppHandle, LaunchOptions } from './app-handle.ts';
import { dragFiles } from './drag-files.ts';
import { answerDialogs, openDiary, watchDesktop, type Diary } from './electron-person.ts';
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
  if (options.colorScheme) await setTheme(app, options.colorScheme);
  const page = await app.firstWindow();
  page.on('console', (message) => logs.push(`page ${message.type()}: ${message.text()}`));
  await page.waitForURL((url) => url.protocol !== 'about:');
  return handleOf({ app, page, logs, ended, start });
}

function environment({ home, env }: LaunchOptions): Record<string, string> {
  const inherited = Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  const own = inherited.filter(([name]) => !FOREIGN_VARIABLES.some((foreign) => foreign === name));
  return { ...Object.fromEntries(own as [string, string][]), ...homeEnvironment(home), ...env };
}

function setTheme(app: ElectronApplication, theme: 'light' | 'dark'): Promise<void> {
  return app.evaluate(({ nativeTheme }, source) => {
    nativeTheme.themeSource = source;
  }, theme);
}

type Running = {
  readonly app: ElectronApplication;
  readonly page: Page;
  readonly logs: string[];
  readonly ended: Promise<number | string>;
  readonly start: Start;
};

function handleOf({ app, page, logs, ended, start }: Running): AppHandle {
  const diary = <K extends keyof Diary>(key: K): Promise<Diary[K]> =>
    app.evaluate((_electron, name) => {
      if (!globalThis.winnowDiary) throw new Error('the diary is not open');
      return globalThis.winnowDiary[name];
    }, key) as Promise<Diary[K]>;
  const leftovers = async (): Promise<void> => {
    const unused = (await diary('answers')).map((answer) => `No dialog took the answer ${JSON.stringify(answer)}`);
    const problems = [...(await diary('problems')), ...unused];
    if (problems.length > 0) throw new Error(problems.join('\n'));
  };
  return {
    page,
    dragFiles: (paths, selector) => dragFiles(page, paths, selector),
    dropFiles: async (paths, selector) => {
      await (await dragFiles(page, paths, selector)).drop();
    },
    answerDialog: (answer) =>
      app.evaluate((_electron, given) => {
        globalThis.winnowDiary?.answers.push(given);
      }, answer),
    dialogs: () => diary('asked'),
    clickMenu: (id) =>
      app.evaluate(({ Menu, BrowserWindow }, itemId) => {
        const item = Menu.getApplicationMenu()?.getMenuItemById(itemId);
        if (!item?.enabled || !item.visible) throw new Error(`Nobody can click the menu item ${itemId}.`);
        item.click(undefined, BrowserWindow.getFocusedWindow() ?? undefined);
      }, id),
    menuItem: (id) =>
      app.evaluate(({ Menu }, itemId) => {
        const item = Menu.getApplicationMenu()?.getMenuItemById(itemId);
        if (!item) return null;
        const { label, enabled, visible, checked, accelerator } = item;
        return { label, enabled, visible, checked, accelerator: accelerator?.toString() ?? null };
      }, id),
    progressBar: () => diary('progressBar'),
    notifications: () => diary('notifications'),
    clickNotification: (title) =>
      app.evaluate((_electron, wanted) => {
        const found = globalThis.winnowDiary?.shown.findLast((shown) => shown.title === wanted);
        if (!found) throw new Error(`No notification with the title “${wanted}” has been shown.`);
        found.emit('click', { preventDefault: () => undefined });
      }, title),
    revealed: () => diary('revealed'),
    openedExternally: () => diary('openedExternally'),
    powerBlocked: async () => (await diary('blockers')).length > 0,
    windowBounds: () => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getBounds() ?? null),
    resizeWindow: (bounds) =>
      app.evaluate(({ BrowserWindow }, given) => BrowserWindow.getAllWindows()[0]?.setBounds(given), bounds),
    setFocused: (focused) =>
      app.evaluate(({ BrowserWindow }, on) => {
        const window = BrowserWindow.getAllWindows()[0];
        if (on) window?.focus();
        else window?.blur();
      }, focused),
    setSystemTheme: (theme) => setTheme(app, theme),
    openFile: async (path) => {
      if (process.platform === 'darwin') {
        await app.evaluate(({ app: electron }, file) => {
          electron.emit('open-file', { preventDefault: () => undefined }, file);
        }, path);
      } else {
        await once(spawn(ELECTRON_PROGRAM, [...start.args, path], { env: start.env, stdio: 'ignore' }), 'exit');
      }
    },
    killProcess: async (serviceName) => {
      const pids = await app.evaluate(
        ({ app: electron }, name) =>
          electron
            .getAppMetrics()
            .filter((metric) => metric.type === 'Utility' && metric.name === name)
            .map(({ pid }) => pid),
        serviceName,
      );
      if (pids.length === 0) throw new Error(`No utility process is called ${serviceName}.`);
      for (const pid of pids) process.kill(pid, 'SIGKILL');
    },
    closeWindow: () => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close()),
    quit: async () => {
      await leftovers();
      await app.evaluate(({ app: electron }) => {
        setTimeout(() => electron.quit());
      });
      return within(20_000, 'the app did not quit', ended);
    },
    ended: () => within(20_000, 'the app did not end', ended),
    logs: () => logs,
    dispose: async () => {
      const found = stillRuns(app) ? leftovers().catch((error: unknown) => error as Error) : Promise.resolve();
      const problem = await found;
      app.process().kill('SIGKILL');
      await ended;
      if (problem instanceof Error) throw problem;
    },
  };
}

/** Whether the app still runs. */
function stillRuns(app: ElectronApplication): boolean {
  const { exitCode, signalCode } = app.process();
  return exitCode === null && signalCode === null;
}
