// Whether the app is ready, and the error of what may not be done before or after.

let ready = false;
const { promise, resolve } = Promise.withResolvers<undefined>();

export const whenReady = promise;

export function isReady(): boolean {
  return ready;
}

export function becomeReady(): void {
  ready = true;
  resolve(undefined);
}

/** @throws Error naming what is too early */
export function requireReady(what: string): void {
  if (!ready) throw new Error(`${what} before app is ready`);
}
