// Hands what happened in the browser, and what the person does to windows, to the window that it is about.
import { toAppAddress } from '../app-address.ts';
import { cloneFromText } from '../clone-text.ts';
import type { ToMain } from '../page-messages.ts';
import { frontWindow, windowById, type BrowserWindow } from './browser-window.ts';
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
  }
}

host.serve({
  pageMessage: ({ windowId, url, text }) => {
    const window = windowById(windowId);
    window?.webContents.navigated(url);
    if (window) receive(window, cloneFromText(text) as ToMain);
  },
  pageNavigated: ({ windowId, url }) => windowById(windowId)?.webContents.navigated(url),
  pageReady: ({ windowId }) => {
    windowById(windowId)?.emit('ready-to-show');
  },
  pageCrashed: ({ windowId }) => windowById(windowId)?.webContents.crashed(),
  pageClosed: ({ windowId }) => windowById(windowId)?.pageGone(),
  navigationRequested: ({ windowId, url, isMainFrame }) =>
    windowById(windowId)?.webContents.mayNavigate(url, isMainFrame) === false,
  windowRequested: ({ url }) => frontWindow()?.webContents.windowOpenRequested(url),
  closeWindowByUser: () => frontWindow()?.close(),
  setFocused: ({ focused }) => (focused ? frontWindow()?.focus() : frontWindow()?.blur()),
  setBoundsByUser: (bounds) => frontWindow()?.setBounds(bounds),
});
