// `ipcRenderer`: the preload script's line to main.
import type { IpcRenderer as RealIpcRenderer } from 'electron';
import type { ToMain, ToPage } from '../protocol.ts';

type Listener = (event: object, ...args: unknown[]) => void;

export class IpcRenderer {
  readonly #toMain: (message: ToMain) => void;
  readonly #listeners = new Map<string, Listener[]>();
  readonly #pending = new Map<number, PromiseWithResolvers<unknown> & { readonly channel: string }>();
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
    const pending = { channel, ...Promise.withResolvers<unknown>() };
    this.#pending.set(id, pending);
    return pending.promise;
  }

  on(channel: string, listener: Listener): this {
    this.#listeners.set(channel, [...(this.#listeners.get(channel) ?? []), listener]);
    return this;
  }

  off(channel: string, listener: Listener): this {
    this.#listeners.set(channel, this.#listeners.get(channel)?.filter((other) => other !== listener) ?? []);
    return this;
  }

  /** Not Electron's. */
  receive(message: Exclude<ToPage, { kind: 'files' }>): void {
    if (message.kind === 'message') {
      for (const listener of this.#listeners.get(message.channel) ?? []) listener({ sender: this }, ...message.args);
      return;
    }
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.kind === 'reply') pending?.resolve(message.value);
    else pending?.reject(new Error(`Error invoking remote method '${pending.channel}': ${message.text}`));
  }
}

IpcRenderer satisfies new (toMain: (message: ToMain) => void) => Pick<RealIpcRenderer, 'invoke' | 'send'> & {
  [K in 'on' | 'off']: (channel: string, listener: () => void) => unknown;
};
