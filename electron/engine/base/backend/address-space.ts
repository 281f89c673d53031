// The limit on the addresses that a process may map (ulimit -v), which its children inherit. Node.js and llama.cpp map much more
// than they use, so this limit ends them long before memory runs short.
import { readFileSync } from 'node:fs';
import { displayBytes } from '../../../contract/display-bytes.ts';
import { msg, type Sentence } from '../../../contract/sentences.ts';

/** Below this limit, Node.js processes end at random: each maps some gigabytes, plus the model. */
const LITTLE_BYTES = 8e9;

/** What Node.js, the C++ library and llama.cpp print when a process may map no more. A full JavaScript heap is not among these. */
export const NO_ADDRESSES =
  /Fatal process out of memory|Committing semi space failed|bad_alloc|cannot allocate memory|failed to (?:allocate|reserve|mmap)/i;

/** What llama.cpp, its devices and the C++ library print when memory runs out. */
export const NO_MEMORY =
  /out of memory|enough memory|status -2|failed to (?:allocate|mmap)|unable to allocate|bad_alloc|cannot allocate memory/i;

/** Why there is no more memory, as a clause; null: no such limit is set, or the system does not report it. */
export function addressLimit(): Sentence | null {
  const bytes = limitBytes();
  return bytes === null ? null : msg('addressesFull', { limit: displayBytes(bytes) });
}

/** A warning if the limit is so low that work will run into it; null otherwise. */
export function littleAddressSpace(): Sentence | null {
  const bytes = limitBytes();
  if (bytes === null || bytes >= LITTLE_BYTES) return null;
  return msg('addressesLittle', { limit: displayBytes(bytes), enough: displayBytes(LITTLE_BYTES) });
}

/** The limit in bytes; null: none. Only Linux reports it in a file; other systems do not enforce it. */
function limitBytes(): number | null {
  if (process.platform !== 'linux') return null;
  const [, limit] = /^Max address space +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  return limit === undefined ? null : Number(limit);
}
