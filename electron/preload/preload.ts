// The only thing that the page gets from its host. It runs sandboxed, with a few of Electron's modules and no Node.
import { contextBridge, ipcRenderer, webUtils } from 'electron';
import type { Bridge, Grant } from '../contract/bridge.ts';
import type { WindowCommand } from '../contract/commands.ts';
import { IPC } from '../contract/ipc.ts';

function listen(channel: string, listener: (payload: unknown) => void): () => void {
  const forward = (_event: unknown, payload: unknown): void => listener(payload);
  ipcRenderer.on(channel, forward);
  return () => void ipcRenderer.off(channel, forward);
}

/** Files that the system hands over before the page can take them, or while it shows that the engine died. */
const earlyFiles: Grant[][] = [];
const keepFiles = (_event: unknown, grants: Grant[]): void => void earlyFiles.push(grants);
ipcRenderer.on(IPC.openFiles, keepFiles);

function listenForFiles(listener: (grants: Grant[]) => void): () => void {
  ipcRenderer.off(IPC.openFiles, keepFiles);
  const stop = listen(IPC.openFiles, (grants) => listener(grants as Grant[]));
  for (const grants of earlyFiles.splice(0)) listener(grants);
  return () => {
    stop();
    ipcRenderer.on(IPC.openFiles, keepFiles);
  };
}

const bridge: Bridge = {
  host: 'desktop',
  platform: process.platform,
  post: (message) => ipcRenderer.send(IPC.toEngine, message),
  onMessage: (listener) => listen(IPC.toPage, listener),
  grantFiles: (files) => {
    // a File that a script created has no path
    const paths = files.map((file) => webUtils.getPathForFile(file)).filter((path) => path !== '');
    return ipcRenderer.invoke(IPC.grantPaths, paths) as Promise<Grant[]>;
  },
  pickFiles: (purpose) => ipcRenderer.invoke(IPC.pickFiles, { purpose }) as Promise<Grant[]>,
  pickTarget: (purpose, suggestedName) =>
    ipcRenderer.invoke(IPC.pickTarget, { purpose, suggestedName }) as Promise<Grant | null>,
  newTarget: (purpose, suggestedName) =>
    ipcRenderer.invoke(IPC.newTarget, { purpose, suggestedName }) as Promise<Grant>,
  outputFolder: () => ipcRenderer.invoke(IPC.outputFolder) as Promise<string>,
  onCommand: (listener) => listen(IPC.command, (command) => listener(command as WindowCommand)),
  onOpenFiles: listenForFiles,
  restartEngine: () => ipcRenderer.invoke(IPC.restartEngine) as Promise<void>,
};

contextBridge.exposeInMainWorld('winnow', bridge);
