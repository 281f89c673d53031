// The window as it is, in every look: light, dark and Japanese, large and in the little that a zoom of 200 % leaves.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { callFromPage } from '../bench/engine-calls.ts';
import { expect, type Window } from '../desktop/test.ts';

export const PICTURES = fileURLToPath(new URL('../../../out/screenshots', import.meta.url));

export const SIZES = [
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
  { width: 640, height: 400 },
];

const USUAL = { width: 1280, height: 800 };

/** Takes the picture of what stands still, once it is drawn. */
export async function takePicture(page: Page, name: string): Promise<void> {
  await expect(page.locator('[class*="skeleton"]')).toHaveCount(0);
  // the last of the engine's answers is drawn
  await page.waitForTimeout(700);
  await page.screenshot({ path: join(PICTURES, `${name}.png`) });
}

/** The same state in all looks; afterwards it is light, English and of the usual size again. */
export async function takeAllLooks({ app }: Window, state: string): Promise<void> {
  const { page } = app;
  for (const size of SIZES) {
    await app.resizeWindow(size);
    await takePicture(page, `${state}-light-${size.width}`);
  }
  await app.resizeWindow(USUAL);
  await app.setSystemTheme('dark');
  await takePicture(page, `${state}-dark-${USUAL.width}`);
  await app.setSystemTheme('light');
  await callFromPage(page, 'settings.set', { language: 'ja' });
  await takePicture(page, `${state}-japanese-${USUAL.width}`);
  await callFromPage(page, 'settings.set', { language: 'en' });
}
