// A page's half of the double. The host bundles it, wraps it around the app's preload script and has the browser run
// both before any script of the page.
import { TO_MAIN, TO_PAGE, type ToMain, type ToPage } from '../page-messages.ts';
import { cloneFromText, cloneToText } from '../clone-text.ts';
import { contextBridge } from './context-bridge.ts';
import { IpcRenderer } from './ipc-renderer.ts';
import { runPreload, type Preload } from './preload-world.ts';
import { KnownFiles } from './web-utils.ts';

export type BootOptions = { readonly platform: string; readonly arch: string; readonly electron: string };

/** @param preload null for a window without a preload script */
export function boot(options: BootOptions, preload: Preload | null): void {
  const speak = takeVoice();
  const toMain = (message: ToMain): void => {
    speak(cloneToText(message));
  };
  const ipcRenderer = new IpcRenderer(toMain);
  const files = new KnownFiles();
  const receive = (texts: readonly string[]): void => {
    for (const text of texts) {
      const message = cloneFromText(text) as ToPage;
      if (message.kind === 'files') files.add(message.files);
      else ipcRenderer.receive(message);
    }
  };
  Object.defineProperty(window, TO_PAGE, { value: receive });
  denyWindows(toMain);
  if (preload) runPreload(preload, { contextBridge, ipcRenderer, webUtils: { getPathForFile: files.pathOf } }, options);
}

/** The page must not find the way to main by itself. */
function takeVoice(): (text: string) => void {
  const voice: unknown = Reflect.get(window, TO_MAIN);
  if (typeof voice !== 'function') throw new Error('The double of Electron lost its binding to the host.');
  Reflect.deleteProperty(window, TO_MAIN);
  return voice as (text: string) => void;
}

/** What the app's window-open handler says comes too late for window.open; the double knows denying ones only. */
function denyWindows(toMain: (message: ToMain) => void): void {
  window.open = (url) => {
    toMain({ kind: 'open', url: url === undefined ? 'about:blank' : new URL(url, location.href).href });
    return null;
  };
}
