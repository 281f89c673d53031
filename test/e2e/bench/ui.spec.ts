// The interface with as much in it as a person may ever have: is it there at once, and does it stay smooth?
// Measured in the served mode, whose page and engine are the window's own, without the double's costs in between.
import { mkdirSync } from 'node:fs';
import { expect, test, type Browser, type BrowserContext, type Page } from '@playwright/test';
import type { Trail } from '../../../electron/contract/api/app.ts';
import { startServed, type Served } from '../served/server.ts';
import { openServed } from '../served/test.ts';
import { runSeed } from '../work-home.ts';
import { callFromPage, roundTrips } from './engine-calls.ts';
import { firstPaint, installMeter, middleOpening, record, type FirstPaint, type Recording } from './meter.ts';
import { writeFigures } from './report.ts';
import { SCALE } from './scale.ts';

const SEED_MS = 300_000;
const SCORING_MS = 12_000;
/** One opening differs from the next by some tenths of a second where other programs run. */
const OPENINGS = 7;
const WHEEL_TURNS = 90;
const WHEEL_PIXELS = 120;

/** The rows of a table that has so many. */
const rowsOf = (count: number): string => `[role="grid"][aria-rowcount="${count + 1}"] [data-index]`;

/** A screen, and what shows that its content is there: the largest model comes on top. */
const SCREENS = {
  demos: rowsOf(SCALE.demos),
  score: '[role="application"]',
  choose: '[role="application"]',
} as const;
type ScreenId = keyof typeof SCREENS;

const firstPaints: Record<string, FirstPaint> = {};
const recordings: Record<string, Recording> = {};
/** Ascending, in ms. */
let trips: readonly number[] = [];

test.describe.configure({ mode: 'serial', timeout: 240_000 });

let served: Served;
let trail: Trail;
let session: Awaited<ReturnType<BrowserContext['storageState']>>;

test.beforeAll(async ({ browser }, testInfo) => {
  testInfo.setTimeout(SEED_MS);
  const home = testInfo.outputPath('home');
  mkdirSync(home, { recursive: true });
  runSeed('make-scale-home.ts', home);
  served = await startServed(home);
  const context = await browser.newContext();
  const page = await context.newPage();
  await openServed(page, served.address);
  session = await context.storageState();
  // the headers of all models are read once, at the first start
  await expect
    .poll(
      async () => (await callFromPage(page, 'library.list', {})).filter(({ state }) => state !== 'reading').length,
      {
        timeout: SEED_MS,
      },
    )
    .toBe(SCALE.models + 1);
  ({ trail } = await callFromPage(page, 'settings.get', {}));
  await context.close();
});

test.afterAll(async ({ browser }) => {
  await served.kill();
  writeFigures({ firstPaints, recordings, roundTrips: trips }, `Chromium ${browser.version()}`);
});

/** Clicks on rows have chosen something else. */
async function choose(browser: Browser, chosen: Trail): Promise<void> {
  const context = await browser.newContext({ storageState: session });
  const page = await context.newPage();
  await openServed(page, served.origin);
  await callFromPage(page, 'settings.set', { trail: chosen });
  await context.close();
}

/** Opens a screen several times, each time in a browser that has nothing of it in its cache. @returns the last page */
async function open(browser: Browser, screen: ScreenId, openings = OPENINGS): Promise<Page> {
  await choose(browser, trail);
  const paints: FirstPaint[] = [];
  for (;;) {
    const context = await browser.newContext({ storageState: session, viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    await installMeter(page);
    paints.push(await firstPaint(page, `${served.origin}/#/${screen}`, SCREENS[screen]));
    if (paints.length === openings) {
      firstPaints[screen] ??= middleOpening(paints);
      return page;
    }
    await context.close();
  }
}

async function wheel(page: Page, place: string, pixels: number): Promise<void> {
  await page.locator(place).first().hover();
  for (let i = 0; i < WHEEL_TURNS; i++) {
    await page.mouse.wheel(0, pixels);
    await page.waitForTimeout(8);
  }
}

for (const screen of ['demos'] as const) {
  test(`${screen}: scrolling`, async ({ browser }) => {
    const page = await open(browser, screen);
    recordings[`${screen}: at rest`] = await record(page, () => page.waitForTimeout(1500));
    recordings[`${screen}: scrolling`] = await record(page, () => wheel(page, SCREENS[screen], WHEEL_PIXELS));
    recordings[`${screen}: scrolling fast`] = await record(page, () => wheel(page, SCREENS[screen], 20 * WHEEL_PIXELS));
    await page.locator(SCREENS[screen]).nth(4).click();
    recordings[`${screen}: by keys`] = await record(page, async () => {
      for (const key of ['End', 'Home', ...Array<string>(40).fill('ArrowDown')]) {
        await page.keyboard.press(key);
        await page.waitForTimeout(30);
      }
    });
    await page.context().close();
  });
}

async function hover(page: Page): Promise<void> {
  const box = await page.getByRole('application').first().boundingBox();
  if (box === null) throw new Error('there is no picture');
  for (let line = 0; line < 6; line++) {
    const y = box.y + (box.height * (line + 1)) / 7;
    for (let step = 0; step < 60; step++) {
      await page.mouse.move(box.x + 8 + ((box.width - 16) * (line % 2 === 0 ? step : 59 - step)) / 59, y);
      await page.waitForTimeout(6);
    }
  }
}

for (const screen of ['score', 'choose'] as const) {
  test(`${screen}: the picture`, async ({ browser }) => {
    const page = await open(browser, screen);
    const picture = page.getByRole('application').first();
    recordings[`${screen}: hovering`] = await record(page, () => hover(page));
    await picture.hover();
    recordings[`${screen}: panning`] = await record(page, async () => {
      for (let i = 0; i < 60; i++) {
        await page.mouse.wheel(40, 20);
        await page.waitForTimeout(8);
      }
    });
    if (screen === 'choose') await chooseMany(page);
    await page.context().close();
  });
}

async function chooseMany(page: Page): Promise<void> {
  const slider = page.getByRole('slider', { name: /^Experts kept in each layer, of/ });
  await slider.focus();
  recordings['choose: moving K'] = await record(page, async () => {
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press(i < 40 ? 'ArrowLeft' : 'PageUp');
      await page.waitForTimeout(16);
    }
  });
}

test('the engine’s messages while it scores', async ({ browser }) => {
  const page = await open(browser, 'score', 1);
  const opened = await callFromPage(page, 'sample.open', {});
  const { jobId } = await callFromPage(page, 'runs.start', { ...opened, limit: null, fresh: true });
  await expect
    .poll(async () => (await callFromPage(page, 'jobs.list', { limit: 10 })).find(({ id }) => id === jobId)?.runId)
    .toBeTruthy();
  const job = (await callFromPage(page, 'jobs.list', { limit: 10 })).find(({ id }) => id === jobId);
  await callFromPage(page, 'settings.set', {
    trail: { ...opened, runIds: [job?.runId ?? 0], selectionId: null, exportId: null },
  });
  await page.reload();
  await page.getByRole('application').first().waitFor();
  recordings['score: while it scores'] = await record(page, async () => {
    trips = await roundTrips(page, SCORING_MS);
  });
  await callFromPage(page, 'jobs.cancel', { jobId }).catch(() => null);
  await page.context().close();
});
