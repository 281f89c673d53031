// The window: sandboxed, tied to its page, and restored to its last place.
import { join } from 'node:path';
import { app, BrowserWindow, dialog, nativeTheme, screen } from 'electron';
import { loadLocale } from '../contract/text/i18n.ts';
import { PAGE_URL } from './app-protocol.ts';
import { lockWindow } from './lock-down.ts';
import { PRELOAD_FILE } from './paths.ts';
import { readPlace, rememberPlace } from './window-place.ts';

/** A page that dies again within this time is not reloaded once more. */
const STEADY_MS = 10_000;

/** Opens the window. @param folder where its place is saved */
export function openMainWindow(folder: string): BrowserWindow {
  const file = join(folder, 'window.json');
  const workAreas = screen.getAllDisplays().map(({ workArea }) => workArea);
  const { maximized, ...bounds } = readPlace(file, workAreas);
  const window = new BrowserWindow({
    ...bounds,
    minWidth: 800,
    minHeight: 560,
    show: false,
    title: 'Winnow',
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#15191c' : '#f7f8f8',
    webPreferences: {
      preload: PRELOAD_FILE,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      // Chromium would download its dictionaries
      spellcheck: false,
      devTools: !app.isPackaged,
    },
  });
  if (maximized) window.maximize();
  lockWindow(window);
  revive(window);
  window.once('ready-to-show', () => window.show());
  window.on('close', () => rememberPlace(file, window));
  void window.loadURL(PAGE_URL);
  return window;
}

/** Reloads a page whose process died: the engine outlives it, and the new page shows what is going on. */
function revive(window: BrowserWindow): void {
  let diedMs = -Infinity;
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit' || window.isDestroyed()) return;
    const isSteady = performance.now() - diedMs > STEADY_MS;
    diedMs = performance.now();
    if (isSteady) void window.loadURL(PAGE_URL);
    else void tellOfCrash();
  });
}

async function tellOfCrash(): Promise<void> {
  const { t } = await loadLocale(app.getLocale());
  dialog.showErrorBox(t('system.crash.title'), t('system.crash.todo'));
}

/** Sends a message to the page; does nothing once the window is gone. */
export function sendToPage(window: BrowserWindow | null, channel: string, message: unknown): void {
  if (window && !window.isDestroyed()) window.webContents.send(channel, message);
}
