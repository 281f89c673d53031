// The README's pictures of the window.
import { fileURLToPath } from 'node:url';
import { expect, test } from '../desktop/test.ts';
import { Heatmap } from '../pages/heatmap.ts';
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
    if (screen === 'score') {
      const { picture } = new Heatmap(app.page);
      await picture.focus();
      for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight', 'Enter']) await app.page.keyboard.press(key);
      await expect(frame.inspector.getByRole('list')).toBeVisible();
    }
    await expect(app.page.locator('[class*="skeleton"]')).toHaveCount(0);
    await app.page.waitForTimeout(700);
    const path = fileURLToPath(new URL(`../../../docs/images/${screen}.png`, import.meta.url));
    await app.page.screenshot({ path });
  });
}
