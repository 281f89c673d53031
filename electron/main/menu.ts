// The application menu. Its items are commands of the page, which does them.
import type { MenuItemConstructorOptions } from 'electron';
import { goCommand, keysOf, STEPS, type WindowCommand } from '../contract/commands.ts';
import { text, type TextKey } from './text.ts';

/** @param run tells the page which command was chosen */
export function applicationMenu(run: (command: WindowCommand) => void, locale: string): MenuItemConstructorOptions[] {
  const item = (id: WindowCommand, key: TextKey): MenuItemConstructorOptions => {
    const accelerator = keysOf(id).at(-1)?.replace('Mod', 'CmdOrCtrl');
    return {
      id,
      label: text(key, locale),
      // the page has these keys itself: shown here, handled there
      ...(accelerator === undefined ? {} : { accelerator, registerAccelerator: false }),
      click: () => run(id),
    };
  };
  const isMac = process.platform === 'darwin';
  return [
    ...(isMac ? [{ role: 'appMenu' } as const] : []),
    {
      label: text('menu.file', locale),
      submenu: [
        item('open-model', 'menu.openModel'),
        item('add-demos', 'menu.addDemos'),
        item('open-bundle', 'menu.openBundle'),
        ...(isMac ? [recentFiles(locale)] : []),
        { type: 'separator' },
        item('go-settings', 'menu.settings'),
        { type: 'separator' },
        isMac ? { role: 'close' } : { role: 'quit' },
      ],
    },
    { role: 'editMenu' },
    {
      label: text('menu.go', locale),
      submenu: [
        ...STEPS.map((screen) => item(goCommand(screen), `menu.${screen}`)),
        item('go-runs', 'menu.runs'),
        { type: 'separator' },
        item('palette', 'menu.palette'),
      ],
    },
    { role: 'viewMenu' },
    { role: 'windowMenu' },
    { role: 'help', label: text('menu.help', locale), submenu: [item('cheat-sheet', 'menu.keys')] },
  ];
}

/** Filled by macOS; Windows lists recent files in the task bar. */
function recentFiles(locale: string): MenuItemConstructorOptions {
  return {
    label: text('menu.openRecent', locale),
    role: 'recentDocuments',
    submenu: [{ label: text('menu.clearRecent', locale), role: 'clearRecentDocuments' }],
  };
}
