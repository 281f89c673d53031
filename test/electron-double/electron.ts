// What `import … from 'electron'` means in the main process of an app under test: the app's allow-list and nothing more.
// A name that is missing here is a name that the app may not use yet.
export { app } from './main/app.ts';
export { nativeTheme, Notification, powerSaveBlocker, shell } from './main/desktop.ts';
export { dialog } from './main/dialog.ts';
export { ipcMain } from './main/ipc-main.ts';
export { Menu } from './main/menu.ts';
export { protocol, session } from './main/session.ts';
export { utilityProcess } from './main/utility-process.ts';
export { BrowserWindow, screen } from './main/window.ts';
