// Where a model's weights will lie, as the bar and its table show it.
import type { ScoringEstimate } from '../../../electron/contract/api/runs.ts';

type PlaceKind = ScoringEstimate['memory'][number]['kind'] | 'disk';

export type WeightPlace = {
  readonly kind: PlaceKind;
  /** As llama.cpp names it. */
  readonly device: string;
  readonly weightsBytes: number;
  /** KV cache and compute buffers; null: the disk has none. */
  readonly workBytes: number | null;
  readonly freeBytes: number | null;
};

/** The fastest first, as the model's layers are dealt out; places without weights are left out, but for RAM. */
export function weightPlaces({ memory, onDiskBytes }: ScoringEstimate): readonly WeightPlace[] {
  const order: readonly PlaceKind[] = ['gpu', 'machine', 'host'];
  const places = memory
    .map(({ kind, device, weightsBytes, kvBytes, computeBytes, availableBytes }): WeightPlace => ({
      kind,
      device,
      weightsBytes,
      workBytes: kvBytes + computeBytes,
      freeBytes: availableBytes,
    }))
    .sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
  const disk = { kind: 'disk' as const, device: '', weightsBytes: onDiskBytes, workBytes: null, freeBytes: null };
  return onDiskBytes > 0 ? [...places, disk] : places;
}

/** Where the layers are that the CPU does not hold; null: there are none. */
export function offloadedTo({ memory, layers }: ScoringEstimate): 'gpu' | 'machine' | 'both' | null {
  if (layers.offloaded === 0) return null;
  const has = (kind: PlaceKind): boolean => memory.some((place) => place.kind === kind);
  if (has('gpu') && has('machine')) return 'both';
  return has('machine') ? 'machine' : 'gpu';
}
