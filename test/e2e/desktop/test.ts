// What the desktop specs share: the window, started for a person with an empty home folder, by its parts.
import { mkdirSync } from 'node:fs';
import type { AppHandle, LaunchOptions } from '../app-handle.ts';
import { test as base } from '../launch.ts';
import { Frame } from '../pages/frame.ts';

export type Window = { readonly app: AppHandle; readonly frame: Frame };

type Fixtures = {
  /** The person's home folder. */
  readonly home: string;
  /** Starts Winnow in it. */
  readonly open: (options?: Partial<LaunchOptions>) => Promise<Window>;
};

export const test = base.extend<Fixtures>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the names of what a fixture needs from here
  home: async ({}, use, testInfo) => {
    const home = testInfo.outputPath('home');
    mkdirSync(home, { recursive: true });
    await use(home);
  },
  open: async ({ launch, home }, use) => {
    await use(async (options = {}) => {
      const app = await launch({ home, ...options });
      return { app, frame: new Frame(app.page) };
    });
  },
});

export { expect } from '../launch.ts';
