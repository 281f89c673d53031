// The suite's test: one fixture app, started, with the shortest ways to ask its page.
import type { Page } from '@playwright/test';
import type { AppHandle } from '../app-handle.ts';
import { expect, test as base } from '../launch.ts';
import { FIXTURE } from './fixture/fixture-app.ts';

type Fixtures = {
  readonly app: AppHandle;
  readonly page: Page;
  /** ipcRenderer.invoke, through the bridge. */
  readonly invoke: (channel: string, ...args: unknown[]) => Promise<unknown>;
};

export const test = base.extend<Fixtures>({
  app: async ({ launch }, use) => {
    await use(await launch({ app: FIXTURE }));
  },
  page: async ({ app }, use) => {
    await use(app.page);
  },
  invoke: async ({ page }, use) => {
    await use((channel, ...args) =>
      page.evaluate(([name, values]) => window.fixture.invoke(name, ...values), [channel, args] as const),
    );
  },
});

/** Waits until the app's log holds this line. */
export async function expectEvent(app: AppHandle, text: string | RegExp): Promise<void> {
  await expect.poll(() => events(app)).toContainEqual(typeof text === 'string' ? text : expect.stringMatching(text));
}

/** What main noted, in order. */
export function events(app: AppHandle): string[] {
  return app.logs().flatMap((line) => /event: (.*)$/.exec(line)?.[1] ?? []);
}

export { expect };
