// Every screen as a picture, to be looked at: empty and with finished work, light, dark and Japanese, small, large and in
// the little that a zoom of 200 % leaves.
// Usage: npm run screenshots; the pictures are in out/screenshots.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '../desktop/test.ts';
import { SCREEN_IDS } from '../pages/frame.ts';
import { copyWork } from '../work-home.ts';

const FOLDER = fileURLToPath(new URL('../../../out/screenshots', import.meta.url));

const SIZES = [
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
  { width: 640, height: 400 },
];

const LOOKS = [
  { look: 'light', colorScheme: 'light', locale: 'en-US' },
  { look: 'dark', colorScheme: 'dark', locale: 'en-US' },
  { look: 'japanese', colorScheme: 'light', locale: 'ja-JP' },
] as const;

for (const { look, colorScheme, locale } of LOOKS) {
  for (const size of SIZES) {
    for (const state of ['empty', 'work'] as const) {
      const name = `${state}, ${look}, ${size.width}`;
      test(name, async ({ open, home }) => {
        if (state === 'work') copyWork(home);
        const { app } = await open({ colorScheme, locale });
        await app.resizeWindow(size);
        for (const [index, screen] of SCREEN_IDS.entries()) {
          if (index > 0 || state === 'work') await app.page.locator(`a[href='#/${screen}']`).click();
          await expect(app.page.locator('[class*="skeleton"]')).toHaveCount(0);
          // the last of the engine's answers is drawn
          await app.page.waitForTimeout(700);
          await app.page.screenshot({ path: join(FOLDER, `${state}-${look}-${size.width}-${screen}.png`) });
        }
      });
    }
  }
}
