// Whether the app is ready, and what the modules of the double tell each other of its life without knowing each other.
import { EventEmitter } from 'node:events';

let ready = false;
const { promise, resolve } = Promise.withResolvers<undefined>();

export const whenReady = promise;
export const isReady = (): boolean => ready;

export function becomeReady(): void {
  ready = true;
  resolve(undefined);
}

/** @throws Error naming what is too early */
export function requireReady(what: string): void {
  if (!ready) throw new Error(`${what} before app is ready`);
}

export const life = new EventEmitter<{ 'all-closed': []; 'close-prevented': []; 'quit-chosen': [] }>();

/** An event that a listener may prevent. */
export class PreventableEvent {
  defaultPrevented = false;

  preventDefault(): void {
    this.defaultPrevented = true;
  }
}
