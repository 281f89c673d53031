// A limit on the addresses that a process may map (ulimit -v), which goes over to its children. Node.js and llama.cpp map much more
// than they use, so that it ends them long before memory is short.
import { readFileSync } from 'node:fs';
import { displayBytes } from '../../../contract/display-bytes.ts';
import { say, type Sentence } from '../../../contract/sentences.ts';

/** Below it processes of Node.js end at random: each maps some gigabytes, and the model beside them. */
const LITTLE_BYTES = 8e9;

/** What Node.js, the C++ library and llama.cpp say where a process may map no more. A full heap of JavaScript is not among them. */
export const NO_ADDRESSES =
  /Fatal process out of memory|Committing semi space failed|bad_alloc|cannot allocate memory|failed to (?:allocate|reserve|mmap)/i;

/** What llama.cpp, its devices and the C++ library say where memory ends. */
export const NO_MEMORY =
  /out of memory|enough memory|status -2|failed to (?:allocate|mmap)|unable to allocate|bad_alloc|cannot allocate memory/i;

/** Why there is no more memory, as a clause; null: no such limit is set, or the system does not tell. */
export function addressLimit(): Sentence | null {
  const bytes = limitBytes();
  return bytes === null ? null : say('addressesFull', { limit: displayBytes(bytes) });
}

/** A sentence where the limit is one that work will meet; null: it is not. */
export function littleAddressSpace(): Sentence | null {
  const bytes = limitBytes();
  if (bytes === null || bytes >= LITTLE_BYTES) return null;
  return say('addressesLittle', { limit: displayBytes(bytes), enough: displayBytes(LITTLE_BYTES) });
}

/** Linux alone has it in a file; others do not hold processes to it. */
function limitBytes(): number | null {
  if (process.platform !== 'linux') return null;
  const [, limit] = /^Max address space +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  return limit === undefined ? null : Number(limit);
}
