// What `import … from 'electron'` means in the main process of an app under test: the app's allow-list and nothing more.
// A name that is missing here is a name that the app may not use yet.
export { app } from './app.ts';
export { dialog, Menu, nativeTheme, Notification, powerSaveBlocker, screen, shell } from './desktop.ts';
export { ipcMain } from './ipc-main.ts';
export { protocol, session } from './session.ts';
export { utilityProcess } from './utility-process.ts';
export { BrowserWindow } from './window.ts';
