// `ipcMain`: messages and invocations from pages. Arguments and results are clones; of an error only its text returns.
import { EventEmitter } from 'node:events';
import type { IpcMain } from 'electron';
import type { Invocation, ToPage } from '../protocol.ts';
import type { WebContents } from './window.ts';

type PageEvent = { readonly sender: WebContents; readonly senderFrame: WebContents['mainFrame'] };
// Electron leaves the arguments' types to the app.
type Handler = (event: PageEvent, ...args: never[]) => unknown;

const eventOf = (sender: WebContents): PageEvent => ({ sender, senderFrame: sender.mainFrame });

class IpcMainDouble extends EventEmitter {
  readonly #handlers = new Map<string, Handler>();

  handle(channel: string, handler: Handler): void {
    if (this.#handlers.has(channel)) throw new Error(`Attempted to register a second handler for '${channel}'`);
    this.#handlers.set(channel, handler);
  }

  /** Not Electron's: a page called ipcRenderer.send. */
  deliver(sender: WebContents, channel: string, args: readonly unknown[]): void {
    this.emit(channel, eventOf(sender), ...args);
  }

  /** Not Electron's: a page called ipcRenderer.invoke. @returns the answer for the page */
  async answer(sender: WebContents, { id, channel, args }: Invocation): Promise<ToPage> {
    try {
      const handler = this.#handlers.get(channel) as ((event: PageEvent, ...args: unknown[]) => unknown) | undefined;
      if (!handler) throw new Error(`No handler registered for '${channel}'`);
      return { kind: 'reply', id, value: structuredClone(await handler(eventOf(sender), ...args)) };
    } catch (error) {
      console.error(`Error occurred in handler for '${channel}':`, error);
      return { kind: 'failure', id, text: String(error) };
    }
  }
}

export const ipcMain = new IpcMainDouble();
ipcMain satisfies { handle(channel: string, handler: () => unknown): ReturnType<IpcMain['handle']> };
