// What the page may ask of the main process. Checks the sender and parses every argument.
import {
  app,
  dialog,
  ipcMain,
  type BrowserWindow,
  type IpcMainEvent,
  type IpcMainInvokeEvent,
  type WebContents,
} from 'electron';
import { z } from 'zod';
import { grantPathsSchema, pickRequestSchema, saveRequestSchema } from '../contract/bridge.ts';
import { IPC } from '../contract/ipc.ts';
import { loadLocale } from '../contract/text/i18n.ts';
import type { EngineSupervisor } from '../host/engine-supervisor.ts';
import { PAGE_ORIGIN } from './app-protocol.ts';
import { openDialogOptions, saveDialogOptions } from './dialogs.ts';
import type { FileGrants } from './file-grants.ts';

export type PageMessagesOptions = {
  readonly window: () => BrowserWindow | null;
  readonly engine: EngineSupervisor;
  readonly grants: FileGrants;
  /** The folder for results that nobody chose a place for. */
  readonly outputFolder: string;
  /** Called when a page speaks for the first time: it can receive messages. */
  readonly onReady: () => void;
};

/** Answers what the page asks of the window; refuses messages from anywhere else. */
export function handlePage({ window, engine, grants, outputFolder, onReady }: PageMessagesOptions): void {
  const isPage = ({ sender, senderFrame }: IpcMainEvent | IpcMainInvokeEvent): boolean =>
    sender === window()?.webContents && senderFrame?.parent === null && senderFrame.origin === PAGE_ORIGIN;

  const handle = <T>(channel: string, schema: z.ZodType<T>, answer: (argument: T, owner: BrowserWindow) => unknown) =>
    ipcMain.handle(channel, (event, argument: unknown) => {
      const owner = window();
      if (!isPage(event) || !owner) throw new Error(`${channel} was refused: it did not come from Winnow's page.`);
      return answer(schema.parse(argument), owner);
    });

  const heard = new WeakSet<WebContents>();
  ipcMain.on(IPC.toEngine, (event, message: unknown) => {
    if (!isPage(event)) return;
    engine.fromPage(message);
    if (heard.has(event.sender)) return;
    heard.add(event.sender);
    onReady();
  });
  handle(IPC.grantPaths, grantPathsSchema, (paths) => grants.forDropped(paths));
  /** Only one dialog at a time: nobody could answer several, or tell what each is for. */
  let isAsking = false;
  const ask = async <T>(open: () => Promise<T>): Promise<T> => {
    if (isAsking) throw new Error('A dialog is open already.');
    isAsking = true;
    return open().finally(() => (isAsking = false));
  };
  handle(IPC.pickFiles, pickRequestSchema, async ({ purpose }, owner) => {
    const options = openDialogOptions(purpose, (await loadLocale(app.getLocale())).t);
    const { filePaths } = await ask(() => dialog.showOpenDialog(owner, options));
    return grants.forPaths(filePaths);
  });
  handle(IPC.pickTarget, saveRequestSchema, async ({ purpose, suggestedName }, owner) => {
    const options = saveDialogOptions(purpose, suggestedName, (await loadLocale(app.getLocale())).t);
    const { canceled, filePath } = await ask(() => dialog.showSaveDialog(owner, options));
    return canceled || filePath === '' ? null : grants.forTarget(filePath);
  });
  handle(IPC.newTarget, saveRequestSchema, ({ suggestedName }) => grants.forNew(outputFolder, suggestedName));
  handle(IPC.outputFolder, z.undefined(), () => outputFolder);
  ipcMain.handle(IPC.restartEngine, (event) => {
    if (isPage(event)) engine.restart();
  });
}
