// Finds the mixes that lose least within a number of bytes: the exact optimum over all mixes. Bytes and losses of classes add up, so of
// two mixes of some classes, one that is larger and loses more cannot be part of the best mix.
import { TENSOR_CLASSES, type Mix, type TensorClass } from '../../../contract/mix.ts';
import type { TensorType } from '../../../contract/quantise.ts';

/** A type that a class of tensors can be written in. */
export type ClassOption = { readonly type: TensorType; readonly bytes: number; readonly loss: number };
type ClassOptions = ReadonlyMap<TensorClass, readonly ClassOption[]>;

export type FoundMix = { readonly mix: Mix; readonly bytes: number; readonly loss: number };

const NOTHING: readonly FoundMix[] = [{ mix: {}, bytes: 0, loss: 0 }];

/** All mixes of these classes for which no smaller mix is as good, smallest first. */
export function frontierOf(options: ClassOptions, start: readonly FoundMix[] = NOTHING): readonly FoundMix[] {
  let frontier = start;
  for (const ofClass of TENSOR_CLASSES) {
    const types = options.get(ofClass);
    if (types === undefined) continue;
    const sums = frontier.flatMap((found) =>
      types.map(({ type, bytes, loss }) => ({ found, type, bytes: found.bytes + bytes, loss: found.loss + loss })),
    );
    frontier = undominated(sums).map(({ found, type, bytes, loss }) => ({
      mix: { ...found.mix, [ofClass]: type },
      bytes,
      loss,
    }));
  }
  return frontier;
}

/**
 * Finds the mix that loses least for each type of the experts' gate and up matrices.
 * @param gateUp types that these can be written in
 * @param others `frontierOf` all other classes
 * @param room available bytes
 */
export function bestByGateUp(
  gateUp: readonly ClassOption[],
  others: readonly FoundMix[],
  room: number,
): readonly FoundMix[] {
  return gateUp.flatMap(({ type, bytes, loss }) => {
    // losses fall along the frontier, so the last mix that fits is the best
    const rest = others[countFitting(others, room - bytes) - 1];
    if (rest === undefined) return [];
    return [{ mix: { gateUp: type, ...rest.mix }, bytes: rest.bytes + bytes, loss: rest.loss + loss }];
  });
}

function countFitting(frontier: readonly FoundMix[], room: number): number {
  let [low, high] = [0, frontier.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (frontier[middle]!.bytes <= room) low = middle + 1;
    else high = middle;
  }
  return low;
}

function undominated<One extends Pick<FoundMix, 'bytes' | 'loss'>>(some: readonly One[]): One[] {
  let least = Infinity;
  return some
    .toSorted((a, b) => a.bytes - b.bytes || a.loss - b.loss)
    .filter(({ loss }) => {
      if (loss >= least) return false;
      least = loss;
      return true;
    });
}
