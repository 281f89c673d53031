// A page's half of the double. The host bundles it, wraps it around the app's preload script and has the browser run
// both before any script of the page.
import type { WebUtils } from 'electron';
import { cloneFromText, cloneToText } from '../clone-text.ts';
import { TO_MAIN, TO_PAGE, type KnownFile, type ToMain, type ToPage } from '../protocol.ts';
import { contextBridge } from './context-bridge.ts';
import { IpcRenderer } from './ipc-renderer.ts';

export type BootOptions = { readonly platform: string; readonly arch: string; readonly electron: string };

/** A preload script, wrapped by the host in a function with the names that it may use. */
type Preload = (require: (name: string) => unknown, module: { exports: unknown }, process: object) => void;

/** @param preload null for a window without a preload script */
export function boot({ platform, arch, electron }: BootOptions, preload: Preload | null): void {
  const speak = takeVoice();
  const toMain = (message: ToMain): void => speak(cloneToText(message));
  const ipcRenderer = new IpcRenderer(toMain);
  const paths = new Map<string, string>();
  const receive = (texts: readonly string[]): void => {
    for (const text of texts) {
      const message = cloneFromText(text) as ToPage;
      if (message.kind !== 'files') ipcRenderer.receive(message);
      else for (const file of message.files) paths.set(lookOf(file), file.path);
    }
  };
  Object.defineProperty(window, TO_PAGE, { value: receive });
  // what the app's window-open handler says comes too late for window.open; the double knows denying ones only
  window.open = (url) => {
    toMain({ kind: 'open', url: url === undefined ? 'about:blank' : new URL(url, location.href).href });
    return null;
  };
  // a page does not learn where a file lies: the test that hands it over tells; '' for a file that a script made
  const getPathForFile: WebUtils['getPathForFile'] = (file: unknown) => {
    if (!(file instanceof File)) throw new TypeError('getPathForFile expected to receive a File object');
    return paths.get(lookOf({ name: file.name, sizeBytes: file.size, lastModifiedMs: file.lastModified })) ?? '';
  };
  const modules = { contextBridge, ipcRenderer, webUtils: { getPathForFile } };
  const require = (name: string): unknown => {
    if (name === 'electron') return modules;
    throw new Error(`module not found: ${name}`);
  };
  try {
    preload?.(require, { exports: {} }, { type: 'renderer', platform, arch, versions: { electron } });
  } catch (error) {
    console.error('Unable to load preload script:', error);
  }
}

function lookOf({ name, sizeBytes, lastModifiedMs }: Omit<KnownFile, 'path'>): string {
  return `${name}\n${sizeBytes}\n${lastModifiedMs}`;
}

/** The page must not find the way to main by itself. */
function takeVoice(): (text: string) => void {
  const voice: unknown = Reflect.get(window, TO_MAIN);
  if (typeof voice !== 'function') throw new Error('The double of Electron lost its binding to the host.');
  Reflect.deleteProperty(window, TO_MAIN);
  return voice as (text: string) => void;
}
