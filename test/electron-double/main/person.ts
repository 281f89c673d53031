// Hands what happened in the browser, and what the person does to windows, to the window that it is about; answers what a person
// would see of the app outside its page.
import { toAppAddress } from '../app-address.ts';
import { cloneFromText } from '../clone-text.ts';
import type { ToMain } from '../protocol.ts';
import { app } from './app.ts';
import { awake, revealed, shownNotifications } from './desktop.ts';
import { host } from './host.ts';
import { ipcMain } from './ipc-main.ts';
import { PreventableEvent } from './life.ts';
import { frontWindow, windowById, type WebContents } from './window.ts';

function receive(contents: WebContents, message: ToMain): void {
  if (message.kind === 'open') contents.windowOpenRequested(toAppAddress(message.url));
  else if (message.kind === 'send') ipcMain.deliver(contents, message.channel, message.args);
  else void ipcMain.answer(contents, message).then((answer) => contents.post(answer));
}

function navigated(windowId: number, url: string): WebContents | undefined {
  const contents = windowById(windowId)?.webContents;
  if (contents) contents.mainFrame.url = url;
  return contents;
}

host.serve({
  pageMessage: ({ windowId, url, text }) => {
    const contents = navigated(windowId, url);
    if (contents) receive(contents, cloneFromText(text) as ToMain);
  },
  pageNavigated: ({ windowId, url }) => void navigated(windowId, url),
  pageReady: ({ windowId }) => void windowById(windowId)?.emit('ready-to-show'),
  pageCrashed: ({ windowId }) => {
    const how = { reason: 'crashed', exitCode: 11 } as const;
    windowById(windowId)?.webContents.emit('render-process-gone', new PreventableEvent(), how);
  },
  pageClosed: ({ windowId }) => windowById(windowId)?.pageGone(),
  navigationRequested: ({ windowId, url, isMainFrame }) =>
    windowById(windowId)?.webContents.mayNavigate(url, isMainFrame) === false,
  windowRequested: ({ url }) => frontWindow()?.webContents.windowOpenRequested(url),
  closeWindowByUser: () => frontWindow()?.close(),
  setFocused: ({ focused }) => (focused ? frontWindow()?.focus() : frontWindow()?.blur()),
  setBoundsByUser: (bounds) => frontWindow()?.setBounds(bounds),
  observe: () => ({
    progressBar: frontWindow()?.progressBar ?? -1,
    notifications: shownNotifications.map(({ title, body }) => ({ title, body })),
    revealed,
    recentDocuments: app.recentDocuments,
    powerBlocked: awake.size > 0,
    bounds: frontWindow()?.getBounds() ?? null,
  }),
});
