// Starts the app's main module as Electron does: its code first, then `ready`. A module that awaits app.whenReady() at
// its top level would wait for ever in Electron; here too. Hands what happened in the browser to whom it is about.
import { pathToFileURL } from 'node:url';
import { toAppAddress } from '../app-address.ts';
import { cloneFromText } from '../clone-text.ts';
import type { ToMain } from '../protocol.ts';
import * as electron from './electron.ts';
import { host, startOptions } from './host.ts';
import { answerRequest } from './session.ts';
import { becomeShowable, openContents } from './window.ts';

const { app, ipcMain, session } = electron;

host.serve({
  evaluate: ({ code, argument }) => {
    // oxlint-disable-next-line no-eval -- a function of the test's
    const run = (0, eval)(`(${code})`) as (double: typeof electron, argument: unknown) => unknown;
    return run(electron, argument);
  },
  pageMessage: ({ url, text }) => {
    const contents = openContents();
    if (!contents) return;
    contents.mainFrame.url = url;
    const message = cloneFromText(text) as ToMain;
    if (message.kind === 'open') contents.windowOpenRequested(toAppAddress(message.url));
    else if (message.kind === 'send') ipcMain.deliver(contents, message.channel, message.args);
    else void ipcMain.answer(contents, message).then((answer) => contents.post(answer));
  },
  pageReady: becomeShowable,
  navigationRequested: ({ url, isMainFrame }) => openContents()?.mayNavigate(url, isMainFrame) === false,
  requestCancelled: ({ url }) => session.defaultSession.cancels(url),
  schemeRequest: answerRequest,
  downloadStarted: ({ url }) => session.defaultSession.startDownload(url),
});

process.argv.splice(1, 1, startOptions.main);
await import(pathToFileURL(startOptions.main).href);
app.becomeReady();
