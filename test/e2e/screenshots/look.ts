// Pictures of the window, large and in the little that a zoom of 200 % leaves.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { expect } from '../desktop/test.ts';

const PICTURES = fileURLToPath(new URL('../../../out/screenshots', import.meta.url));

export const SIZES = [
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
  { width: 640, height: 400 },
];

/** Takes the picture of what stands still, once it is drawn. */
export async function takePicture(page: Page, name: string): Promise<void> {
  await expect(page.locator('[class*="skeleton"]')).toHaveCount(0);
  // the last of the engine's answers is drawn
  await page.waitForTimeout(700);
  await page.screenshot({ path: join(PICTURES, `${name}.png`) });
}
