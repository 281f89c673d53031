// Winnow's window: hosts the engine and its workers, relays between page and engine, and gives the page the system's
// dialogs, menus and notifications. It does no work of its own.
import { basename, join, resolve } from 'node:path';
import { app, dialog, Menu, session, type BrowserWindow } from 'electron';
import { registerScheme, servePage } from './app-protocol.ts';
import { startEngineProcess } from './engine-process.ts';
import { FileGrants } from './file-grants.ts';
import { closeNameLookup, lockSession } from './lock-down.ts';
import { handlePage } from './page-messages.ts';
import { applicationMenu } from './menu.ts';
import { WorkIndicator } from './work-indicator.ts';
import { openMainWindow, sendToPage } from './window.ts';
import type { WindowCommand } from '../contract/commands.ts';
import { WRITTEN_FOLDER } from '../contract/file-names.ts';
import { IPC } from '../contract/ipc.ts';
import { loadLocale } from '../contract/text/i18n.ts';
import { EngineSupervisor } from '../host/engine-supervisor.ts';

registerScheme();
app.enableSandbox();
closeNameLookup();
app.setAboutPanelOptions({ applicationName: 'Winnow', applicationVersion: app.getVersion() });

let window: BrowserWindow | null = null;
/** The page has sent its first message: it can receive messages. */
let pageReady = false;
/** Files that the system handed over before the page could receive them. */
const waitingFiles: string[] = [];

const engine = new EngineSupervisor({
  startProcess: startEngineProcess,
  toPage: (message) => {
    if (message.kind === 'event') indicator.receive(message.name, message.payload);
    if (message.kind === 'fatal' || message.kind === 'restarted') indicator.clear();
    sendToPage(window, IPC.toPage, message);
  },
});
const grants = new FileGrants((grant) => engine.grant(grant));
const indicator = new WorkIndicator(() => window);

function showWindow(): void {
  if (!window || window.isDestroyed()) {
    window = openMainWindow(app.getPath('userData'));
    window.on('closed', () => {
      window = null;
      pageReady = false;
    });
    return;
  }
  if (window.isMinimized()) window.restore();
  window.focus();
}

async function handOver(paths: readonly string[]): Promise<void> {
  if (paths.length === 0) return;
  if (!pageReady) {
    waitingFiles.push(...paths);
    return;
  }
  const granted = await grants.forPaths(paths);
  if (granted.length > 0) sendToPage(window, IPC.openFiles, granted);
  // for example one of the recent files
  const missing = paths.map((path) => basename(path)).filter((file) => !granted.some(({ name }) => name === file));
  if (missing.length === 0) return;
  const { t } = await loadLocale(app.getLocale());
  dialog.showErrorBox(t('system.missing.title'), missing.join('\n'));
}

function onReady(): void {
  pageReady = true;
  void handOver(waitingFiles.splice(0));
}

/** The files of a command line, which the user double-clicked. */
function namedFiles(argv: readonly string[], folder: string): string[] {
  const files = argv.slice(1).filter((argument) => /\.gguf$/i.test(argument));
  return files.map((file) => resolve(folder, file));
}

if (app.requestSingleInstanceLock()) {
  app.on('second-instance', (_event, argv, folder) => {
    showWindow();
    void handOver(namedFiles(argv, folder));
  });
  // on macOS, the file that the app is started with arrives before there can be a window
  let canShow = false;
  app.on('open-file', (event, path) => {
    event.preventDefault();
    if (canShow) showWindow();
    void handOver([path]);
  });
  app.on('activate', () => {
    if (canShow) showWindow();
  });
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit();
  });
  let closed = false;
  // only after the window has closed: what a page stores as it goes would otherwise reach an engine that has ended
  app.on('will-quit', (event) => {
    if (closed) return;
    // the state of running work is saved before the process ends
    event.preventDefault();
    void engine.close().then(() => {
      closed = true;
      app.quit();
    });
  });

  void app.whenReady().then(async () => {
    servePage();
    await lockSession(session.defaultSession);
    handlePage({
      window: () => window,
      engine,
      grants,
      onReady,
      outputFolder: join(app.getPath('home'), WRITTEN_FOLDER),
    });
    engine.start();
    const { t } = await loadLocale(app.getLocale());
    const run = (command: WindowCommand): void => sendToPage(window, IPC.command, command);
    Menu.setApplicationMenu(Menu.buildFromTemplate(applicationMenu(run, t)));
    canShow = true;
    showWindow();
    waitingFiles.push(...namedFiles(process.argv, process.cwd()));
  });
} else {
  app.quit();
}
