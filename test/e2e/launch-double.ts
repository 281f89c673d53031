// Starts an app on the double of Electron: its unchanged main, preload and page, in Node and in the tests' browser.
import { once } from 'node:events';
import type { Browser } from '@playwright/test';
import { DoubleApp, forkMain, type DoubleAppOptions } from '../electron-double/host/double-app.ts';
import { knownFiles } from './drag-files.ts';
import { FOREIGN_VARIABLES, homeEnvironment } from './home-environment.ts';
import type { LaunchOptions } from './launch-options.ts';
import { handleOf, watch, type AppHandle } from './person.ts';
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
    await watch(app);
    const page = await within(30_000, 'the first window has not loaded', app.firstPage());
    return handleOf({
      app,
      page,
      logs: app.logs,
      problems: app.problems,
      ended: app.exited,
      hasEnded: () => app.hasEnded(),
      kill: () => app.kill(),
      startWith: (path) => once(forkMain({ ...start, args: [path] }), 'exit'),
      introduce: (paths) => app.introduce(knownFiles(paths)),
    });
  } catch (error) {
    app.kill();
    await app.exited;
    throw new Error([String(error), ...app.problems, ...app.logs].join('\n'), { cause: error });
  }
}
