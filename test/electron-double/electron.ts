// What `import … from 'electron'` means in the main process of an app under test: the app's allow-list and nothing more.
// A name that is missing here is a name that the app may not use yet.
export { app } from './main/app.ts';
export { BrowserWindow, screen } from './main/browser-window.ts';
export { dialog } from './main/dialog.ts';
export { ipcMain } from './main/ipc-main.ts';
export { Menu } from './main/menu.ts';
export { nativeTheme } from './main/native-theme.ts';
export { Notification } from './main/notification.ts';
export { powerSaveBlocker } from './main/power-save-blocker.ts';
export { protocol } from './main/protocol.ts';
export { session } from './main/session.ts';
export { shell } from './main/shell.ts';
export { utilityProcess } from './main/utility-process.ts';
