// A person who has a keyboard only.
import { expect, type Locator, type Page } from '@playwright/test';

const MOST_TABS = 60;

/** Presses Tab until the element has the focus. @throws Error if Tab does not lead there */
export async function tabTo(page: Page, target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  await expect(target).toBeVisible();
  for (let presses = 0; presses < MOST_TABS; presses++) {
    if (await hasFocus(target)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`${MOST_TABS} × ${key} did not lead to ${String(target)}`);
}

/** Tab to a button, and press it. */
export async function pressByKeys(page: Page, target: Locator, key: 'Enter' | 'Space' = 'Enter'): Promise<void> {
  await expect(target).toBeEnabled();
  await tabTo(page, target);
  await page.keyboard.press(key);
}

function hasFocus(target: Locator): Promise<boolean> {
  return target.evaluate((element) => element === document.activeElement);
}

/** Counts what only a mouse, a pen or a finger makes. @returns how to ask for the count */
export async function watchPointer(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    const seen = { count: 0 };
    Object.assign(window, { pointerEvents: seen });
    for (const type of ['pointerdown', 'mousedown', 'touchstart', 'wheel']) {
      window.addEventListener(type, () => (seen.count += 1), { capture: true, passive: true });
    }
  });
  return () => page.evaluate(() => (Reflect.get(window, 'pointerEvents') as { count: number }).count);
}
