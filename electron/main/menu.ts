// The application menu. Its items are actions of the page's registry (renderer/actions/actions.ts), named by their ids.
import type { MenuItemConstructorOptions } from 'electron';
import { text, type TextKey } from './text.ts';

const SCREENS = ['models', 'demos', 'score', 'choose', 'export', 'prove', 'try'] as const;

/** @param run tells the page which action was chosen */
export function applicationMenu(run: (command: string) => void, locale: string): MenuItemConstructorOptions[] {
  const item = (id: string, key: TextKey, accelerator?: string): MenuItemConstructorOptions => ({
    id,
    label: text(key, locale),
    // the page has these keys itself: shown here, handled there
    ...(accelerator === undefined ? {} : { accelerator, registerAccelerator: false }),
    click: () => run(id),
  });
  const isMac = process.platform === 'darwin';
  return [
    ...(isMac ? [{ role: 'appMenu' } as const] : []),
    {
      label: text('menu.file', locale),
      submenu: [
        item('open-model', 'menu.openModel', 'CmdOrCtrl+O'),
        item('add-demos', 'menu.addDemos'),
        item('open-bundle', 'menu.openBundle'),
        ...(isMac ? [recentFiles(locale)] : []),
        { type: 'separator' },
        item('go-settings', 'menu.settings', 'CmdOrCtrl+,'),
        { type: 'separator' },
        isMac ? { role: 'close' } : { role: 'quit' },
      ],
    },
    { role: 'editMenu' },
    {
      label: text('menu.go', locale),
      submenu: [
        ...SCREENS.map((screen, i) => item(`go-${screen}`, `menu.${screen}`, `CmdOrCtrl+${i + 1}`)),
        item('go-runs', 'menu.runs'),
        { type: 'separator' },
        item('palette', 'menu.palette', 'CmdOrCtrl+K'),
      ],
    },
    { role: 'viewMenu' },
    { role: 'windowMenu' },
    { role: 'help', label: text('menu.help', locale), submenu: [item('cheat-sheet', 'menu.keys', 'F1')] },
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
