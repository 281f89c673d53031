// The variants of ggml's CPU backend: one for each generation of processors, which differ in their vectors and so in the
// order in which they sum.
import { existsSync, readFileSync } from 'node:fs';

/** What this processor has, as Linux names it; nothing where it is not said. */
export function processorFlags(): ReadonlySet<string> {
  if (!existsSync('/proc/cpuinfo')) return new Set();
  return new Set(/^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.trim().split(/\s+/));
}

/**
 * A variant that this processor runs, and that is not the one it runs by itself: 256-bit vectors where it has 512; no fused
 * multiply-add where it has 256; 128-bit ones where it has none of these. null: none is known (not Linux on x86-64, or not said what the processor has).
 */
export function otherCpuVariant(): string | null {
  if (process.platform !== 'linux' || process.arch !== 'x64') return null;
  const flags = processorFlags();
  const hasAll = (...names: string[]): boolean => names.every((name) => flags.has(name));
  if (hasAll('avx512f', 'avx2', 'fma', 'f16c', 'bmi2')) return 'haswell';
  if (hasAll('avx2', 'fma')) return 'sandybridge';
  return hasAll('avx', 'sse4_2') ? 'sse42' : null;
}
