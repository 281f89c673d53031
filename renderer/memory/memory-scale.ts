// A common scale for the memory that a model needs and the free memory of the machine.
import type { MemoryFit } from '../../electron/contract/api/library.ts';

export type MemoryNeed = MemoryFit['full'];
type FreeZone = { readonly id: 'vram' | 'ram'; readonly from: number; readonly to: number };

export type MemoryScale = {
  /** The value at the right end of the bars. */
  readonly maxBytes: number;
  /** The free memory in sections, the fastest first. */
  readonly zones: readonly FreeZone[];
  /** The end of the free memory. */
  readonly limitBytes: number;
};

export function needBytes({ weightsBytes, kvBytes, computeBytes }: MemoryNeed): number {
  return weightsBytes + kvBytes + computeBytes;
}

/** Returns the scale. All bars of a machine's models share it if the free memory is larger than the need. */
export function memoryScale({ full, pruned, ram, vram }: MemoryFit): MemoryScale {
  const vramEnd = vram?.freeBytes ?? 0;
  // a GPU without memory of its own uses part of the RAM, which must not count twice
  const limitBytes = vram?.isShared ? Math.max(vramEnd, ram.freeBytes) : vramEnd + ram.freeBytes;
  const zones: FreeZone[] = [
    { id: 'vram', from: 0, to: vramEnd },
    { id: 'ram', from: vramEnd, to: limitBytes },
  ];
  return {
    maxBytes: Math.max(limitBytes, needBytes(full), pruned === null ? 0 : needBytes(pruned), 1),
    zones: zones.filter(({ from, to }) => to > from),
    limitBytes,
  };
}
