// The README's pictures of the window.
import { fileURLToPath } from 'node:url';
import { expect, test } from '../desktop/test.ts';
import { copyWork } from '../work-home.ts';

const PICTURES = [
  { screen: 'score', colorScheme: 'light' },
  { screen: 'choose', colorScheme: 'dark' },
  { screen: 'prove', colorScheme: 'light' },
] as const;

for (const { screen, colorScheme } of PICTURES) {
  test(screen, async ({ open, home }) => {
    copyWork(home);
    const { app, frame } = await open({ colorScheme });
    await app.resizeWindow({ width: 1280, height: 800 });
    await frame.go(screen);
    await expect(app.page.locator('[class*="skeleton"]')).toHaveCount(0);
    await app.page.waitForTimeout(700);
    const path = fileURLToPath(new URL(`../../../docs/images/${screen}.png`, import.meta.url));
    await app.page.screenshot({ path });
  });
}
