// The mixes that lose least in so many bytes: exactly, of all that there are. Bytes and losses of classes add up, so of two mixes of
// some classes the one that is larger and loses more has no part in the best one.
import { TENSOR_CLASSES, type Mix, type TensorClass } from '../../../contract/mix.ts';
import type { TensorType } from '../../../contract/quantise.ts';

/** What a class of tensors may be written in. */
export type ClassOption = { readonly type: TensorType; readonly bytes: number; readonly loss: number };
type ClassOptions = ReadonlyMap<TensorClass, readonly ClassOption[]>;

export type FoundMix = { readonly mix: Mix; readonly bytes: number; readonly loss: number };

const NOTHING: readonly FoundMix[] = [{ mix: {}, bytes: 0, loss: 0 }];

/** All mixes of these classes that no smaller one is as good as, from the smallest on. */
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
 * For each type of the experts' gate and up the mix that loses least.
 * @param gateUp what those may be written in
 * @param others `frontierOf` all other classes
 * @param room in bytes
 */
export function bestByGateUp(
  gateUp: readonly ClassOption[],
  others: readonly FoundMix[],
  room: number,
): readonly FoundMix[] {
  return gateUp.flatMap(({ type, bytes, loss }) => {
    // losses fall along the frontier: the last one that fits
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
