// `ipcMain`: messages and invocations from pages. Arguments and results are clones; of an error only its text returns.
import { EventEmitter } from 'node:events';
import type { IpcMain } from 'electron';
import { cloneToText } from '../clone-text.ts';
import type { ToPage } from '../page-messages.ts';
import type { WebContents, WebFrame } from './web-contents.ts';

type PageEvent = { readonly sender: WebContents; readonly senderFrame: WebFrame | null };

// Electron leaves the arguments' types to the app.
type Handler = (event: PageEvent, ...args: never[]) => unknown;

class IpcMainDouble extends EventEmitter {
  readonly #handlers = new Map<string, Handler>();

  handle(channel: string, handler: Handler): void {
    if (this.#handlers.has(channel)) throw new Error(`Attempted to register a second handler for '${channel}'`);
    if (typeof handler !== 'function') {
      throw new TypeError(`Expected handler to be a function, but found type '${typeof handler}'`);
    }
    this.#handlers.set(channel, handler);
  }

  /** Not Electron's: a page called ipcRenderer.send. */
  deliver(sender: WebContents, channel: string, args: readonly unknown[]): void {
    this.emit(channel, eventOf(sender), ...args);
  }

  /** Not Electron's: a page called ipcRenderer.invoke. @returns the answer for the page */
  async answer(sender: WebContents, call: { id: number; channel: string; args: readonly unknown[] }): Promise<string> {
    const { id, channel, args } = call;
    const handler = this.#handlers.get(channel) as ((event: PageEvent, ...args: unknown[]) => unknown) | undefined;
    try {
      if (!handler) throw new Error(`No handler registered for '${channel}'`);
      const value = await handler(eventOf(sender), ...args);
      return cloneToText({ kind: 'reply', id, value } satisfies ToPage);
    } catch (error) {
      console.error(`Error occurred in handler for '${channel}':`, error);
      return cloneToText({ kind: 'failure', id, text: String(error) } satisfies ToPage);
    }
  }
}

const eventOf = (sender: WebContents): PageEvent => ({ sender, senderFrame: sender.mainFrame });

export const ipcMain = new IpcMainDouble();

ipcMain satisfies { handle(channel: string, handler: () => unknown): ReturnType<IpcMain['handle']> };
