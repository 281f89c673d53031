// What the served specs share: a server, and a person who has opened its address in Chromium.
import { mkdirSync } from 'node:fs';
import { test as base, type Page } from '@playwright/test';
import { Frame } from '../pages/frame.ts';
import { startServed, type Program, type Served } from './server.ts';

type Fixtures = {
  /** The server's home folder. */
  readonly home: string;
  /** Starts a server in it. It ends with the test. */
  readonly serve: (port?: number, program?: Program) => Promise<Served>;
  /** Starts a server, and opens its address in the test's page. */
  readonly enter: () => Promise<{ readonly served: Served; readonly frame: Frame }>;
};

export const test = base.extend<Fixtures>({
  home: async ({}, use, testInfo) => {
    const home = testInfo.outputPath('home');
    mkdirSync(home, { recursive: true });
    await use(home);
  },
  serve: async ({ home }, use, testInfo) => {
    const started: Served[] = [];
    await use(async (port, program) => {
      const served = await startServed(home, port, program);
      started.push(served);
      return served;
    });
    for (const served of started) {
      await served.kill();
      await testInfo.attach('log', { body: served.log(), contentType: 'text/plain' });
    }
  },
  enter: async ({ serve, page }, use) => {
    await use(async () => {
      const served = await serve();
      await openServed(page, served.address);
      return { served, frame: new Frame(page) };
    });
  },
});

/** Opens a one-time address, and waits for the interface. */
export async function openServed(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await page.getByRole('navigation', { name: 'Window' }).waitFor();
}

export { WORK_MS } from '../waits.ts';

export { expect } from '@playwright/test';
