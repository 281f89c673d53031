// Starts an app on the double of Electron: its unchanged main, preload and page, in Node and in the tests' browser.
import type { Browser, Page } from '@playwright/test';
import { DoubleApp, type DoubleAppOptions } from '../electron-double/host/double-app.ts';
import { MainProcess } from '../electron-double/host/main-process.ts';
import type { Observed } from '../electron-double/protocol.ts';
import type { AppHandle, Drag, LaunchOptions } from './app-handle.ts';
import { dragFiles, knownFiles } from './drag-files.ts';
import { FOREIGN_VARIABLES, homeEnvironment } from './home-environment.ts';
import { within } from './within.ts';

/** @throws Error if the app ends before its window has loaded */
export async function launchDouble(browser: Browser, options: LaunchOptions): Promise<AppHandle> {
  const start: DoubleAppOptions = {
    browser,
    main: options.app.source,
    locale: options.locale ?? 'en-US',
    dark: options.colorScheme === 'dark',
    args: options.args ?? [],
    env: {
      ...Object.fromEntries(FOREIGN_VARIABLES.map((name) => [name, undefined])),
      ...homeEnvironment(options.home),
      ...options.env,
    },
  };
  const app = await DoubleApp.start(start);
  try {
    const page = await within(30_000, 'the first window has not loaded', app.firstPage());
    return handleOf(app, page, start);
  } catch (error) {
    app.kill();
    await app.exited;
    throw new Error([String(error), ...app.problems, ...app.logs].join('\n'), { cause: error });
  }
}

function handleOf(app: DoubleApp, page: Page, start: DoubleAppOptions): AppHandle {
  const { main } = app;
  const drag = async (paths: readonly string[], selector?: string): Promise<Drag> => {
    await app.introduce(page, knownFiles(paths));
    return dragFiles(page, paths, selector);
  };
  return {
    page,
    ...sightsOf(app),
    dragFiles: drag,
    dropFiles: async (paths, selector) => {
      await (await drag(paths, selector)).drop();
    },
    answerDialog: (answer) => {
      app.dialogs.answer(answer);
      return Promise.resolve();
    },
    dialogs: () => Promise.resolve(app.dialogs.asked),
    clickMenu: (id) => main.call('clickMenu', { id }),
    menuItem: (id) => main.call('menuItem', { id }),
    clickNotification: (title) => main.call('clickNotification', { title }),
    resizeWindow: (bounds) => main.call('setBoundsByUser', bounds),
    setFocused: (focused) => main.call('setFocused', { focused }),
    setSystemTheme: (theme) => main.call('setSystemTheme', { dark: theme === 'dark' }),
    openFile: async (path) => {
      // only macOS tells the running app; elsewhere the desktop starts the program again
      if (process.platform === 'darwin') return main.call('openFile', { path });
      await new MainProcess({ ...start, args: [path] }, (line) => app.logs.push(`second main: ${line}`)).exited;
    },
    killProcess: async (serviceName) => {
      const pids = await main.call('killUtility', { serviceName });
      if (pids.length === 0) throw new Error(`No utility process is called ${serviceName}.`);
    },
    closeWindow: () => main.call('closeWindowByUser', null),
    quit: async () => {
      main.post('quit', null);
      const code = await within(20_000, 'the app did not quit', app.exited);
      refuseProblems(app);
      return code;
    },
    ended: () => within(20_000, 'the app did not end', app.exited),
    logs: () => app.logs,
    dispose: async () => {
      app.kill();
      await app.exited;
      refuseProblems(app);
    },
  };
}

type Sights = Pick<
  AppHandle,
  'notifications' | 'powerBlocked' | 'progressBar' | 'recentDocuments' | 'revealed' | 'windowBounds'
>;

/** What can be seen of the app outside its page. */
function sightsOf({ main }: DoubleApp): Sights {
  const observe = (): Promise<Observed> => main.call('observe', null);
  return {
    progressBar: async () => (await observe()).progressBar,
    notifications: async () => (await observe()).notifications,
    revealed: async () => (await observe()).revealed,
    recentDocuments: async () => (await observe()).recentDocuments,
    powerBlocked: async () => (await observe()).powerBlocked,
    windowBounds: async () => (await observe()).bounds,
  };
}

/** @throws Error if something happened that no test may pass over; once */
function refuseProblems(app: DoubleApp): void {
  const unused = app.dialogs.takeUnused().map((answer) => `No dialog took the answer ${JSON.stringify(answer)}`);
  const problems = [...app.problems.splice(0), ...unused];
  if (problems.length > 0) throw new Error(problems.join('\n'));
}
