// `ipcMain`: messages and invocations from pages. Arguments and results are clones; of an error only its text returns.
import { EventEmitter } from 'node:events';
import type { ToMain, ToPage } from '../protocol.ts';
import type { WebContents } from './window.ts';

type PageEvent = { readonly sender: WebContents; readonly senderFrame: WebContents['mainFrame'] };
type Handler = (event: PageEvent, ...args: unknown[]) => unknown;

const eventOf = (sender: WebContents): PageEvent => ({ sender, senderFrame: sender.mainFrame });

class IpcMainDouble extends EventEmitter {
  readonly #handlers = new Map<string, Handler>();

  handle(channel: string, handler: Handler): void {
    this.#handlers.set(channel, handler);
  }

  // What follows is not Electron's: the page called one of ipcRenderer's functions.

  deliver(sender: WebContents, channel: string, args: readonly unknown[]): void {
    this.emit(channel, eventOf(sender), ...args);
  }

  /** @returns the answer for the page */
  async answer(sender: WebContents, { id, channel, args }: Extract<ToMain, { kind: 'invoke' }>): Promise<ToPage> {
    try {
      const handler = this.#handlers.get(channel);
      if (!handler) throw new Error(`No handler registered for '${channel}'`);
      return { kind: 'reply', id, value: structuredClone(await handler(eventOf(sender), ...args)) };
    } catch (error) {
      console.error(`Error occurred in handler for '${channel}':`, error);
      return { kind: 'failure', id, text: String(error) };
    }
  }
}

export const ipcMain = new IpcMainDouble();
