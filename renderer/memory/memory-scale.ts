// One scale for what a model needs and what the machine has free.
import type { MemoryFit } from '../../electron/contract/api/library.ts';

export type MemoryNeed = MemoryFit['full'];
type FreeZone = { readonly id: 'vram' | 'ram'; readonly from: number; readonly to: number };

export type MemoryScale = {
  /** At the right end of the bars. */
  readonly maxBytes: number;
  /** Free memory, the fastest first, one after the other. */
  readonly zones: readonly FreeZone[];
  /** Where free memory ends. */
  readonly limitBytes: number;
};

export function needBytes({ weightsBytes, kvBytes, computeBytes }: MemoryNeed): number {
  return weightsBytes + kvBytes + computeBytes;
}

/** All bars of a machine's models share it where free memory is larger than the need. */
export function memoryScale({ full, pruned, ram, vram }: MemoryFit): MemoryScale {
  const vramEnd = vram?.freeBytes ?? 0;
  // a GPU without memory of its own has a part of the RAM: nothing counts twice
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
