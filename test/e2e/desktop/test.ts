// What the desktop specs share: the window, started for a person with an empty home folder or with finished work, by
// its parts.
import { mkdirSync } from 'node:fs';
import type { LaunchOptions } from '../launch-options.ts';
import type { AppHandle } from '../person.ts';
import { THOROUGH } from '../../setup/thorough.ts';
import { expect, test as base } from '../launch.ts';
import { Frame } from '../pages/frame.ts';
import { copyUnmeasured, copyWork } from '../work-home.ts';

export type Window = { readonly app: AppHandle; readonly frame: Frame };

type Open = (options?: Partial<LaunchOptions>) => Promise<Window>;

type Fixtures = {
  /** The person's home folder. */
  readonly home: string;
  /** Starts Winnow in it. */
  readonly open: Open;
  /** The same, where two domains were scored, one pruned and measured. */
  readonly openWork: Open;
  /** The same, where nothing was done yet, and what is written is not measured. */
  readonly openUnmeasured: Open;
};

export const test = base.extend<Fixtures>({
  home: async ({}, use, testInfo) => {
    const home = testInfo.outputPath('home');
    mkdirSync(home, { recursive: true });
    await use(home);
  },
  open: async ({ launch, home }, use) => {
    const opened: AppHandle[] = [];
    await use(async (options = {}) => {
      const app = await launch({ home, ...options });
      opened.push(app);
      // files that are dropped before there is anything to see are lost
      await expect(app.page.getByRole('main')).toBeVisible();
      return { app, frame: new Frame(app.page) };
    });
    const mistakes = opened.flatMap((app) => app.logs().filter((line) => line.startsWith('page error:')));
    expect(mistakes, 'what no page may say on its console').toEqual([]);
  },
  openWork: async ({ open, home }, use) => {
    await use((options) => {
      copyWork(home);
      return open(options);
    });
  },
  openUnmeasured: async ({ open, home }, use) => {
    await use((options) => {
      copyUnmeasured(home);
      return open(options);
    });
  },
});

/** What other tests show in part. */
export const thoroughTest: (title: string, body: Parameters<typeof test>[2]) => void = (title, body) =>
  THOROUGH ? test(title, body) : test.skip(title, body);

export { WORK_MS } from '../waits.ts';

export { expect };
