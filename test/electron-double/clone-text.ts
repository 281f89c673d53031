// Structured-cloneable values as text and back: the browser's own bridge to the test process loses what Electron's messages keep.
// Runs in pages and in Node.
import { Encoder } from 'cbor-x/index-no-eval';

const cbor = new Encoder({ structuredClone: true, useRecords: false });

/** @throws Error with Electron's message for values that no message can carry: functions, symbols, promises, DOM objects, files */
export function cloneToText(value: unknown): string {
  try {
    const bytes = cbor.encode(structuredClone(value));
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  } catch {
    throw new Error('An object could not be cloned.');
  }
}

export function cloneFromText(text: string): unknown {
  return cbor.decode(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)));
}
