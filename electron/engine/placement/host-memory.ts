// Memory of this machine that does not belong to a GPU.
import { totalmem } from 'node:os';

/** What there is, and what is free now; in a container, what it may use. Bytes. */
export function hostMemory(): { readonly totalBytes: number; readonly freeBytes: number } {
  const limit = process.constrainedMemory();
  const totalBytes = limit > 0 ? Math.min(totalmem(), limit) : totalmem();
  return { totalBytes, freeBytes: Math.min(process.availableMemory(), totalBytes) };
}
