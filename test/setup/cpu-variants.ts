// The variants of ggml's CPU backend: one for each generation of processors, which differ in their vectors and so in the
// order in which they sum.
import { readFileSync } from 'node:fs';

/**
 * A variant that this processor runs, and that is not the one it runs by itself: 256-bit vectors where it has 512, 128-bit
 * ones where it has 256. null: none is known (not Linux on x86-64).
 */
export function otherCpuVariant(): string | null {
  if (process.platform !== 'linux' || process.arch !== 'x64') return null;
  return readFileSync('/proc/cpuinfo', 'utf8').includes('avx512f') ? 'haswell' : 'sse42';
}
