// `ipcMain`: messages and invocations from pages. Arguments and results are clones; of an error only its text returns.
import { EventEmitter } from 'node:events';
import type { IpcMain } from 'electron';
import { cloneToText } from '../clone-text.ts';
import type { ToPage } from '../page-messages.ts';
import type { WebContents, WebFrame } from './web-contents.ts';

type InvokeEvent = {
  readonly type: 'frame';
  readonly sender: WebContents;
  readonly senderFrame: WebFrame | null;
  readonly processId: number;
  readonly frameId: number;
};
type MessageEvent = InvokeEvent & {
  readonly ports: readonly never[];
  reply(channel: string, ...args: unknown[]): void;
};

// Electron leaves the arguments' types to the app.
type Handler = (event: InvokeEvent, ...args: never[]) => unknown;

class IpcMainDouble extends EventEmitter {
  readonly #handlers = new Map<string, Handler>();

  handle(channel: string, handler: Handler): void {
    if (this.#handlers.has(channel)) throw new Error(`Attempted to register a second handler for '${channel}'`);
    if (typeof handler !== 'function') {
      throw new TypeError(`Expected handler to be a function, but found type '${typeof handler}'`);
    }
    this.#handlers.set(channel, handler);
  }

  removeHandler(channel: string): void {
    this.#handlers.delete(channel);
  }

  /** Not Electron's: a page called ipcRenderer.send. */
  deliver(sender: WebContents, channel: string, args: readonly unknown[]): void {
    const event: MessageEvent = {
      ...invokeEvent(sender),
      ports: [],
      reply: (replyChannel, ...replyArgs) => {
        sender.send(replyChannel, ...replyArgs);
      },
    };
    this.emit(channel, event, ...args);
  }

  /** Not Electron's: a page called ipcRenderer.invoke. @returns the answer for the page */
  async answer(sender: WebContents, call: { id: number; channel: string; args: readonly unknown[] }): Promise<string> {
    const { id, channel, args } = call;
    const handler = this.#handlers.get(channel) as ((event: InvokeEvent, ...args: unknown[]) => unknown) | undefined;
    try {
      if (!handler) throw new Error(`No handler registered for '${channel}'`);
      const value = await handler(invokeEvent(sender), ...args);
      return cloneToText({ kind: 'reply', id, value } satisfies ToPage);
    } catch (error) {
      console.error(`Error occurred in handler for '${channel}':`, error);
      return cloneToText({ kind: 'failure', id, text: String(error) } satisfies ToPage);
    }
  }
}

function invokeEvent(sender: WebContents): InvokeEvent {
  return { type: 'frame', sender, senderFrame: sender.mainFrame, processId: sender.id, frameId: 1 };
}

export const ipcMain = new IpcMainDouble();

type HandleArguments = [channel: string, handler: () => unknown];
ipcMain satisfies Pick<IpcMain, 'removeHandler'> & { handle(...args: HandleArguments): void };
