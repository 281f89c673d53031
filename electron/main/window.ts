// The window: sandboxed, never leaves its page, remembers its place.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BrowserWindow, nativeTheme } from 'electron';
import { z } from 'zod';
import { PAGE_ORIGIN, PAGE_URL } from './app-protocol.ts';
import { PRELOAD_FILE } from './paths.ts';

const boundsSchema = z.object({
  x: z.int().optional(),
  y: z.int().optional(),
  width: z.int().min(640),
  height: z.int().min(480),
  maximized: z.boolean(),
});
type Bounds = z.infer<typeof boundsSchema>;

const FIRST_BOUNDS: Bounds = { width: 1280, height: 800, maximized: false };

/** @param folder where the window's place is remembered */
export function openMainWindow(folder: string): BrowserWindow {
  const file = join(folder, 'window.json');
  const { maximized, x, y, width, height } = readBounds(file);
  const window = new BrowserWindow({
    ...(x === undefined || y === undefined ? {} : { x, y }),
    width,
    height,
    minWidth: 800,
    minHeight: 560,
    show: false,
    title: 'Winnow',
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#15191c' : '#f7f8f8',
    webPreferences: { preload: PRELOAD_FILE, sandbox: true, contextIsolation: true, nodeIntegration: false },
  });
  if (maximized) window.maximize();
  lockDown(window);
  window.once('ready-to-show', () => window.show());
  window.on('close', () =>
    writeFileSync(file, JSON.stringify({ ...window.getBounds(), maximized: window.isMaximized() })),
  );
  void window.loadURL(PAGE_URL);
  return window;
}

export function sendToPage(window: BrowserWindow | null, channel: string, message: unknown): void {
  if (window && !window.isDestroyed()) window.webContents.send(channel, message);
}

/** The page goes nowhere, opens nothing and gets no permission, whatever it holds. */
function lockDown({ webContents }: BrowserWindow): void {
  const { session } = webContents;
  session.setPermissionRequestHandler((_contents, permission, decide) => decide(isHarmless(permission)));
  session.setPermissionCheckHandler((_contents, permission) => isHarmless(permission));
  webContents.setWindowOpenHandler(() => ({ action: 'deny' }));
  webContents.on('will-attach-webview', (event) => event.preventDefault());
  webContents.on('will-navigate', (event) => {
    // URL parsers that do not know the scheme give it no origin
    if (!event.url.startsWith(`${PAGE_ORIGIN}/`)) event.preventDefault();
  });
}

/** "Copy" buttons. */
function isHarmless(permission: string): boolean {
  return permission === 'clipboard-sanitized-write';
}

function readBounds(file: string): Bounds {
  try {
    return boundsSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return FIRST_BOUNDS;
  }
}
