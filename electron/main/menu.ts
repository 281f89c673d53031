// The application menu. Its items are commands that the page carries out.
import type { MenuItemConstructorOptions } from 'electron';
import { goCommand, commandKeys, SCREEN_IDS, type WindowCommand } from '../contract/commands.ts';
import type { TextKey, Translate } from '../contract/text/i18n.ts';

type MenuKey = Extract<TextKey, `system.menu.${string}`>;

/** Returns the template of the menu. @param run tells the page which command was chosen */
export function applicationMenu(run: (command: WindowCommand) => void, t: Translate): MenuItemConstructorOptions[] {
  const item = (id: WindowCommand, key: MenuKey): MenuItemConstructorOptions => ({
    id,
    label: t(key),
    // the page handles these keys itself: the menu only shows them
    accelerator: commandKeys(id).replace('Mod', 'CmdOrCtrl'),
    registerAccelerator: false,
    click: () => run(id),
  });
  const isMac = process.platform === 'darwin';
  return [
    ...(isMac ? [{ role: 'appMenu' } as const] : []),
    {
      label: t('system.menu.file'),
      submenu: [
        item('open-model', 'system.menu.openModel'),
        item('add-demos', 'system.menu.addDemos'),
        ...(isMac ? [recentFiles(t)] : []),
        { type: 'separator' },
        item('go-settings', 'system.menu.settings'),
        { type: 'separator' },
        isMac ? { role: 'close' } : { role: 'quit' },
      ],
    },
    { role: 'editMenu' },
    {
      label: t('system.menu.go'),
      submenu: SCREEN_IDS.filter((screen) => screen !== 'settings').map((screen) =>
        item(goCommand(screen), `system.menu.${screen}`),
      ),
    },
    { role: 'viewMenu' },
    { role: 'windowMenu' },
  ];
}

/** Filled by macOS; Windows lists recent files in the task bar. */
function recentFiles(t: Translate): MenuItemConstructorOptions {
  return {
    label: t('system.menu.openRecent'),
    role: 'recentDocuments',
    submenu: [{ label: t('system.menu.clearRecent'), role: 'clearRecentDocuments' }],
  };
}
