// What is seen at one moment, in every look, for whoever asks for pictures with WINNOW_PICTURES=1.
import type { Page } from '@playwright/test';
import { callFromPage } from '../bench/engine-calls.ts';
import { test } from './test.ts';

/** The same state in all looks, where pictures are asked for. */
export async function look(page: Page, name: string): Promise<void> {
  if (process.env['WINNOW_PICTURES'] === undefined) return;
  const take = (as: string) =>
    page.screenshot({ path: test.info().outputPath(`${name}-${as}.png`), fullPage: true, animations: 'disabled' });
  for (const [width, height] of [
    [1024, 700],
    [1280, 800],
    [1920, 1080],
  ] as const) {
    await page.setViewportSize({ width, height });
    await take(String(width));
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await take('dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await callFromPage(page, 'settings.set', { language: 'ja' });
  await page.waitForTimeout(500);
  await take('ja');
  await callFromPage(page, 'settings.set', { language: 'en' });
}
