// Every screen as a picture, to be looked at: empty and with finished work, light and dark, small and large.
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
];

for (const colorScheme of ['light', 'dark'] as const) {
  for (const size of SIZES) {
    for (const state of ['empty', 'work'] as const) {
      const name = `${state}, ${colorScheme}, ${size.width}`;
      test(name, async ({ open, home }) => {
        if (state === 'work') copyWork(home);
        const { app, frame } = await open({ colorScheme });
        await app.resizeWindow(size);
        await expect(frame.rail).toBeVisible();
        for (const [index, screen] of SCREEN_IDS.entries()) {
          if (index > 0 || state === 'work') await frame.go(screen);
          await expect(app.page.locator('[class*="skeleton"]')).toHaveCount(0);
          // the last of the engine's answers is drawn
          await app.page.waitForTimeout(700);
          await app.page.screenshot({ path: join(FOLDER, `${state}-${colorScheme}-${size.width}-${screen}.png`) });
        }
      });
    }
  }
}
