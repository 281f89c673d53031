// Every screen is usable for people who see or move little: axe finds nothing serious, in light and in dark, and no fault
// in headings and landmarks; reduced motion and forced colours break nothing.
import type { Page } from '@playwright/test';
import { barriers } from '../pages/barriers.ts';
import { Heatmap } from '../pages/heatmap.ts';
import { SCREEN_IDS } from '../pages/frame.ts';
import { settled } from '../pages/settled.ts';
import { expect, test, type Window } from './test.ts';

/** What a theme changes. */
const COLOUR_RULES = ['color-contrast', 'link-in-text-block'];

async function expectNone({ app, frame }: Window, place: string): Promise<void> {
  expect.soft(await barriers(frame.page), `${place}, light`).toEqual([]);
  await app.setSystemTheme('dark');
  await expect(frame.page.locator('html')).toHaveAttribute('data-theme', 'dark');
  expect.soft(await barriers(frame.page, COLOUR_RULES), `${place}, dark`).toEqual([]);
  await app.setSystemTheme('light');
  await expect(frame.page.locator('html')).toHaveAttribute('data-theme', 'light');
}

for (const state of ['empty', 'with finished work'] as const) {
  test(`every screen, ${state}`, async ({ open, openWork }) => {
    test.setTimeout(180_000);
    const window = await (state === 'empty' ? open() : openWork());
    const { frame } = window;
    if (state === 'empty') await expectNone(window, 'welcome');
    for (const screen of SCREEN_IDS) {
      await frame.go(screen);
      await expectNone(window, screen);
    }
  });
}

test('what floats above the screens', async ({ openWork }) => {
  const window = await openWork();
  const { app, frame } = window;
  const { page } = app;
  await frame.go('score');
  await frame.chip('Run').click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await expectNone(window, 'list of runs');
  await page.keyboard.press('Escape');
});

test('reduced motion and forced colours', async ({ openWork }) => {
  const { app, frame } = await openWork();
  const { page } = app;
  await page.emulateMedia({ reducedMotion: 'reduce', forcedColors: 'active' });
  for (const screen of SCREEN_IDS) {
    await frame.go(screen);
    await settled(frame.page);
    expect(await longestMotion(page), screen).toBeLessThanOrEqual(10);
  }
  for (const screen of ['score', 'choose'] as const) {
    await frame.go(screen);
    await settled(frame.page);
    const { picture: heatmap } = new Heatmap(page);
    await expect(heatmap).toBeVisible();
    expect(await coloursIn(page), screen).toBeGreaterThan(20);
  }
});

/** The longest of all transitions and animations on the page, in milliseconds. */
function longestMotion(page: Page): Promise<number> {
  return page.evaluate(() => {
    const seconds = (list: string): number => Math.max(...list.split(',').map((time) => parseFloat(time) || 0));
    const times = [...document.querySelectorAll('*')].map((element) => {
      const { transitionDuration, animationDuration, animationName } = getComputedStyle(element);
      return Math.max(seconds(transitionDuration), animationName === 'none' ? 0 : seconds(animationDuration));
    });
    return 1000 * Math.max(...times);
  });
}

/** How many colours the canvas of the heatmap shows. */
function coloursIn(page: Page): Promise<number> {
  return page.evaluate(() => {
    const colours = new Set<number>();
    for (const canvas of document.querySelectorAll('canvas')) {
      const context = canvas.getContext('2d');
      if (!context || canvas.width === 0 || canvas.height === 0) continue;
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
      for (const pixel of new Uint32Array(data.buffer)) colours.add(pixel);
    }
    return colours.size;
  });
}
