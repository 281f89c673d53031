// `ipcRenderer`: the preload script's line to main.
import type { IpcRenderer as RealIpcRenderer } from 'electron';
import type { ToMain, ToPage } from '../page-messages.ts';

type Listener = (event: { sender: IpcRenderer; ports: readonly never[] }, ...args: never[]) => void;
type AnyListener = (event: { sender: IpcRenderer; ports: readonly never[] }, ...args: unknown[]) => void;
type Pending = { resolve(value: unknown): void; fail(text: string): void };

export class IpcRenderer {
  readonly #toMain: (message: ToMain) => void;
  readonly #listeners = new Map<string, Listener[]>();
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;

  constructor(toMain: (message: ToMain) => void) {
    this.#toMain = toMain;
  }

  send(channel: string, ...args: unknown[]): void {
    this.#toMain({ kind: 'send', channel, args });
  }

  // async: Electron turns what cannot be cloned into a rejection
  async invoke(channel: string, ...args: unknown[]): Promise<unknown> {
    const id = ++this.#lastId;
    this.#toMain({ kind: 'invoke', id, channel, args });
    return new Promise((resolve, reject) => {
      const fail = (text: string): void => {
        reject(new Error(`Error invoking remote method '${channel}': ${text}`));
      };
      this.#pending.set(id, { resolve, fail });
    });
  }

  on(channel: string, listener: Listener): this {
    this.#listeners.set(channel, [...(this.#listeners.get(channel) ?? []), listener]);
    return this;
  }

  off(channel: string, listener: Listener): this {
    const listeners = this.#listeners.get(channel) ?? [];
    const index = listeners.lastIndexOf(listener);
    if (index >= 0) this.#listeners.set(channel, listeners.toSpliced(index, 1));
    return this;
  }

  /** Not Electron's. */
  receive(message: Exclude<ToPage, { kind: 'files' }>): void {
    if (message.kind === 'message') this.#emit(message.channel, message.args);
    else if (message.kind === 'reply') this.#take(message.id)?.resolve(message.value);
    else this.#take(message.id)?.fail(message.text);
  }

  #emit(channel: string, args: readonly unknown[]): void {
    for (const listener of this.#listeners.get(channel) ?? []) {
      try {
        (listener as AnyListener)({ sender: this, ports: [] }, ...args);
      } catch (error) {
        reportError(error);
      }
    }
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }
}

type IpcApi = Pick<RealIpcRenderer, 'invoke' | 'send'> & {
  [K in 'on' | 'off']: (channel: string, listener: () => void) => unknown;
};
IpcRenderer satisfies new (toMain: (message: ToMain) => void) => IpcApi;
