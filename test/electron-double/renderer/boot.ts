// A page's half of the double. The host bundles it, wraps it around the app's preload script and has the browser run
// both before any script of the page.
import { cloneFromText, cloneToText } from '../clone-text.ts';
import { TO_MAIN, TO_PAGE, type KnownFile, type ToMain, type ToPage } from '../protocol.ts';
import { contextBridge } from './context-bridge.ts';

type Listener = (event: object, ...args: unknown[]) => void;

/** A preload script, wrapped by the host in a function with the names that it may use. */
type Preload = (require: (name: string) => unknown, module: { exports: unknown }, process: object) => void;

export function boot(platform: string, preload: Preload): void {
  const speak = takeVoice();
  const toMain = (message: ToMain): void => speak(cloneToText(message));
  const paths = new Map<string, string>();
  const listeners = new Map<string, Listener[]>();
  const pending: (PromiseWithResolvers<unknown> & { readonly channel: string })[] = [];

  const receive = (message: ToPage): void => {
    switch (message.kind) {
      case 'files':
        for (const file of message.files) paths.set(lookOf(file), file.path);
        break;
      case 'message':
        for (const listener of listeners.get(message.channel) ?? []) listener({}, ...message.args);
        break;
      case 'reply':
        pending[message.id]?.resolve(message.value);
        break;
      case 'failure': {
        const { channel, reject } = pending[message.id]!;
        reject(new Error(`Error invoking remote method '${channel}': ${message.text}`));
      }
    }
  };
  Object.defineProperty(window, TO_PAGE, {
    value: (texts: readonly string[]) => texts.forEach((text) => receive(cloneFromText(text) as ToPage)),
  });
  // what the app's window-open handler says comes too late for window.open; the double knows denying ones only
  window.open = (url) => {
    toMain({ kind: 'open', url: url === undefined ? 'about:blank' : new URL(url, location.href).href });
    return null;
  };

  const ipcRenderer = {
    send: (channel: string, ...args: unknown[]) => toMain({ kind: 'send', channel, args }),
    // async: Electron turns what cannot be cloned into a rejection
    invoke: async (channel: string, ...args: unknown[]) => {
      const invocation = { channel, ...Promise.withResolvers<unknown>() };
      toMain({ kind: 'invoke', id: pending.push(invocation) - 1, channel, args });
      return invocation.promise;
    },
    on: (channel: string, listener: Listener) => {
      listeners.set(channel, [...(listeners.get(channel) ?? []), listener]);
    },
    off: (channel: string, listener: Listener) => {
      listeners.set(channel, listeners.get(channel)?.filter((other) => other !== listener) ?? []);
    },
  };
  // a page does not learn where a file lies: the test that hands it over tells; '' for a file that a script made
  const getPathForFile = ({ name, size, lastModified }: File): string =>
    paths.get(lookOf({ name, sizeBytes: size, lastModifiedMs: lastModified })) ?? '';
  preload(() => ({ contextBridge, ipcRenderer, webUtils: { getPathForFile } }), { exports: {} }, { platform });
}

function lookOf({ name, sizeBytes, lastModifiedMs }: Omit<KnownFile, 'path'>): string {
  return `${name}\n${sizeBytes}\n${lastModifiedMs}`;
}

/** The page must not find the way to main by itself. */
function takeVoice(): (text: string) => void {
  const locale: unknown = Reflect.get(window, TO_MAIN);
  if (typeof locale !== 'function') throw new Error('The double of Electron lost its binding to the host.');
  Reflect.deleteProperty(window, TO_MAIN);
  return locale as (text: string) => void;
}
