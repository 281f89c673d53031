// Hands what happened in the browser, and what the person does to windows, to the window that it is about.
import { toAppAddress } from '../app-address.ts';
import { cloneFromText } from '../clone-text.ts';
import type { ToMain } from '../page-messages.ts';
import { frontWindow, windowById, windowEvents, type BrowserWindow } from './browser-window.ts';
import { host } from './host.ts';
import { ipcMain } from './ipc-main.ts';

function receive(window: BrowserWindow, message: ToMain): void {
  const { webContents } = window;
  switch (message.kind) {
    case 'invoke':
      void ipcMain.answer(webContents, message).then((answer) => webContents.post(answer));
      break;
    case 'send':
      ipcMain.deliver(webContents, message.channel, message.args);
      break;
    case 'open':
      webContents.windowOpenRequested(toAppAddress(message.url));
      break;
    case 'key':
      windowEvents.emit('key', message.press);
  }
}

host.serve({
  pageMessage: ({ windowId, url, text }) => {
    const window = windowById(windowId);
    window?.webContents.navigated(url);
    if (window) receive(window, cloneFromText(text) as ToMain);
  },
  pageNavigated: ({ windowId, url }) => windowById(windowId)?.webContents.navigated(url),
  pageLoaded: ({ windowId }) => {
    windowById(windowId)?.webContents.emit('did-finish-load');
  },
  pageReady: ({ windowId }) => {
    windowById(windowId)?.emit('ready-to-show');
  },
  pageCrashed: ({ windowId }) => windowById(windowId)?.webContents.crashed(),
  pageClosed: ({ windowId }) => windowById(windowId)?.pageGone(),
  navigationRequested: ({ windowId, url, isMainFrame }) =>
    windowById(windowId)?.webContents.mayNavigate(url, isMainFrame) === false,
  windowRequested: ({ url }) => frontWindow()?.webContents.windowOpenRequested(url),
  downloadStarted: ({ windowId, ...download }) => windowById(windowId)?.webContents.download(download) ?? null,
  closeWindowByUser: () => frontWindow()?.close(),
  setFocused: ({ focused }) => frontWindow()?.setFocusedByUser(focused),
  setBoundsByUser: (bounds) => frontWindow()?.setBounds(bounds),
});
