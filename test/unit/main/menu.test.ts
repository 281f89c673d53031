import type { MenuItemConstructorOptions } from 'electron';
import { expect, test } from 'vitest';
import { goCommand, keysOf, SCREEN_IDS, STEPS } from '../../../electron/contract/commands.ts';
import { voiceIn } from '../../../electron/contract/text/words.ts';
import { applicationMenu } from '../../../electron/main/menu.ts';

const run = (): void => undefined;
const { say } = await voiceIn('en');

function itemsOf(menu: readonly MenuItemConstructorOptions[]): MenuItemConstructorOptions[] {
  return menu.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? itemsOf(item.submenu) : [])]);
}

test('the menu leads to every screen, the path in its order', () => {
  const ids = itemsOf(applicationMenu(run, say)).map(({ id }) => id);
  expect(SCREEN_IDS.map(goCommand).filter((id) => !ids.includes(id))).toEqual([]);
  expect(ids.filter((id) => STEPS.some((screen) => id === goCommand(screen)))).toEqual(STEPS.map(goCommand));
});

test('the menu shows the keys that the page listens to, and leaves them to it', () => {
  const withKeys = itemsOf(applicationMenu(run, say)).filter(({ accelerator }) => accelerator !== undefined);
  expect(withKeys.find(({ id }) => id === 'go-settings')?.accelerator).toBe('CmdOrCtrl+,');
  expect(withKeys.filter(({ registerAccelerator }) => registerAccelerator !== false)).toEqual([]);
});

test('no two screens have the same keys', () => {
  const keys = SCREEN_IDS.map((screen) => keysOf(goCommand(screen)));
  expect(new Set(keys).size).toBe(SCREEN_IDS.length);
});
