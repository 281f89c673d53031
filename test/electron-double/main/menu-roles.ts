// Menu roles: their labels, keys and parts, and what the double can do for them.
import { frontWindow, windowEvents } from './browser-window.ts';

type Role = { readonly label: string; readonly accelerator?: string; readonly submenu?: readonly RoleName[] };
type RoleName = keyof typeof ROLES;

const ROLES = {
  about: { label: 'About' },
  close: { label: 'Close Window', accelerator: 'CommandOrControl+W' },
  copy: { label: 'Copy' },
  cut: { label: 'Cut' },
  delete: { label: 'Delete' },
  editMenu: { label: 'Edit', submenu: ['undo', 'redo', 'cut', 'copy', 'paste', 'delete', 'selectAll'] },
  fileMenu: { label: 'File', submenu: ['quit'] },
  forceReload: { label: 'Force Reload', accelerator: 'Shift+CommandOrControl+R' },
  front: { label: 'Bring All to Front' },
  help: { label: 'Help', submenu: [] },
  hide: { label: 'Hide' },
  hideOthers: { label: 'Hide Others' },
  minimize: { label: 'Minimize', accelerator: 'CommandOrControl+M' },
  paste: { label: 'Paste' },
  pasteAndMatchStyle: { label: 'Paste and Match Style' },
  quit: { label: 'Quit', accelerator: 'CommandOrControl+Q' },
  recentDocuments: { label: 'Open Recent', submenu: [] },
  clearRecentDocuments: { label: 'Clear Menu' },
  redo: { label: 'Redo' },
  reload: { label: 'Reload', accelerator: 'CommandOrControl+R' },
  resetZoom: { label: 'Actual Size', accelerator: 'CommandOrControl+0' },
  selectAll: { label: 'Select All' },
  services: { label: 'Services', submenu: [] },
  toggleDevTools: { label: 'Toggle Developer Tools', accelerator: 'Ctrl+Shift+I' },
  togglefullscreen: { label: 'Toggle Full Screen', accelerator: 'F11' },
  undo: { label: 'Undo' },
  unhide: { label: 'Show All' },
  viewMenu: {
    label: 'View',
    submenu: ['reload', 'toggleDevTools', 'resetZoom', 'zoomIn', 'zoomOut', 'togglefullscreen'],
  },
  window: { label: 'Window' },
  windowMenu: { label: 'Window', submenu: ['minimize', 'close'] },
  zoom: { label: 'Zoom' },
  zoomIn: { label: 'Zoom In', accelerator: 'CommandOrControl+Plus' },
  zoomOut: { label: 'Zoom Out', accelerator: 'CommandOrControl+-' },
} as const;

/** @throws Error for a role that the double does not know */
export function roleDefaults(name: string): Role {
  const found = Object.entries(ROLES).find(([role]) => role.toLowerCase() === name.toLowerCase());
  if (!found) throw new Error(`The double of Electron does not know the menu role ${name}.`);
  return found[1];
}

/** @throws Error for roles that act inside the page or on native windows, which keys in the page stand for */
export function performRole(role: string): void {
  if (role === 'quit') windowEvents.emit('quit-chosen');
  else if (role === 'close') frontWindow()?.close();
  else if (role === 'minimize') frontWindow()?.minimize();
  else throw new Error(`The double of Electron does not carry out the menu role ${role}; press its keys in the page.`);
}
