// Finds the types that each class of tensors can be written in, and the resulting sizes, with dry runs of llama.cpp's quantiser, so that
// its fallbacks for rows that do not divide evenly are included.
import { TENSOR_CLASSES, type Mix, type TensorClass } from '../../../contract/mix.ts';
import { isUnquantised, type TensorType } from '../../../contract/quantise.ts';
import { classOf, fileTypeOf, uniformMix } from '../../write/quantising/tensor-classes.ts';
import { tensorsOf, type FileOptions, type HeaderTools } from './fit-files.ts';
import type { FileKind } from './candidates.ts';
import type { Losses } from './losses.ts';

/** Types for routed experts. Other types with as many bits lose more. */
const OF_EXPERTS: readonly TensorType[] = [
  ...(['q8_0', 'q6_K', 'q5_K', 'q5_0', 'q4_K', 'iq4_nl', 'iq4_xs', 'mxfp4', 'q3_K', 'iq3_s', 'iq3_xxs'] as const),
  ...(['q2_K', 'iq2_s', 'iq2_xs', 'iq2_xxs', 'iq1_m', 'iq1_s'] as const),
];
/** Types for the tensors that every token uses, which are small compared with the experts and lose much. */
const OF_OTHERS: readonly TensorType[] = ['q8_0', 'q6_K', 'q5_K', 'q5_0', 'q4_K', 'iq4_nl', 'q3_K'];
const ROUTED: readonly TensorClass[] = ['gateUp', 'down'];

type Sizes = ReadonlyMap<TensorClass, ReadonlyMap<TensorType, number>>;

type Sized = {
  /** Number of experts that the sizes are for. */
  readonly keep: number;
  readonly sizes: Sizes;
};

/** A layout of the model: with all experts, with fewer and perhaps without prediction blocks, or with narrower experts. */
type Layout = Sized & {
  /** Memory in addition to the classes' bytes, for two counts of experts: it includes the routers, so it grows linearly. */
  readonly overhead: readonly [a: number, ofA: number, b: number, ofB: number];
};

/** How many experts are kept, and the share of their neurons that they keep; null: all. */
type Cut = Pick<FileKind<unknown>, 'keep' | 'width'>;

export class ClassSizes {
  readonly #whole: Layout;
  readonly #cut: Layout;
  readonly #narrow: ReadonlyMap<number, Layout>;

  private constructor(whole: Layout, cut: Layout, narrow: ReadonlyMap<number, Layout>) {
    this.#whole = whole;
    this.#cut = cut;
    this.#narrow = narrow;
  }

  /**
   * Determines the sizes.
   * @param counts counts of experts that may be kept, ascending; the last one is all of them
   * @param widths shares of neurons that experts may keep, the largest first
   * @throws WinnowError as `tensorsOf`
   */
  static async of(
    counts: readonly number[],
    widths: readonly number[],
    making: FileOptions,
    tools: HeaderTools,
  ): Promise<ClassSizes> {
    const all = counts.at(-1)!;
    const [fewest = all, most = all] = [counts[0], counts.at(-2)];
    const mix = uniformMix('q8_0');
    const sized = async (keep: number, width: number | null): Promise<Sized> => {
      return { keep, sizes: await sizesOf({ keep, width }, making, tools) };
    };
    const layout = async (of: Sized, width: number | null, low: number, high: number): Promise<Layout> => {
      const beside = async (keep: number): Promise<number> => {
        const file = { keep, type: fileTypeOf(mix), mix, width };
        return (await tensorsOf(file, making, null, tools)).memoryBytes - bytesOf(mix, keep, of);
      };
      return { ...of, overhead: [low, await beside(low), high, await beside(high)] };
    };
    const whole = await sized(all, null);
    const cut = making.model.info.nextnLayers.length > 0 ? await sized(most, null) : whole;
    const narrow = new Map<number, Layout>();
    for (const width of widths) narrow.set(width, await layout(await sized(most, width), width, fewest, most));
    return new ClassSizes(await layout(whole, null, all, all), await layout(cut, null, fewest, most), narrow);
  }

  /** The classes that the model has. */
  classes(): readonly TensorClass[] {
    return [...this.#whole.sizes.keys()];
  }

  /** Shares of neurons that experts may keep, the largest first. */
  get widths(): readonly number[] {
    return [...this.#narrow.keys()];
  }

  /** The types that a class can be written in, in a file with such experts. */
  options(ofClass: TensorClass, cut: Cut, losses: Losses): readonly ClassOption[] {
    const layout = this.#layoutOf(cut);
    return [...(layout.sizes.get(ofClass)?.keys() ?? [])].map((type) => ({
      type,
      bytes: bytesOf({ [ofClass]: type }, cut.keep, layout),
      loss: losses.ofClass(ofClass, type),
    }));
  }

  /** Memory in addition to the classes' bytes: cache, buffers, and the tensors that stay as they are. */
  overhead(cut: Cut): number {
    const [a, ofA, b, ofB] = this.#layoutOf(cut).overhead;
    const { keep } = cut;
    return a === b ? ofA : ofA + ((keep - a) / (b - a)) * (ofB - ofA);
  }

  #layoutOf({ keep, width }: Cut): Layout {
    const narrow = width === null ? undefined : this.#narrow.get(width);
    if (narrow) return narrow;
    return keep === this.#whole.keep ? this.#whole : this.#cut;
  }
}

function bytesOf(mix: Mix, keep: number, layout: Sized): number {
  return TENSOR_CLASSES.reduce((sum, ofClass) => {
    const type = mix[ofClass];
    const bytes = type === undefined ? 0 : (layout.sizes.get(ofClass)?.get(type) ?? 0);
    return sum + (ROUTED.includes(ofClass) ? (bytes * keep) / layout.keep : bytes);
  }, 0);
}

/** Bytes by class and type, for the types that most of a class can be written in. */
async function sizesOf({ keep, width }: Cut, making: FileOptions, tools: HeaderTools): Promise<Sizes> {
  const sizes = new Map<TensorClass, Map<TensorType, number>>();
  for (const type of OF_EXPERTS) {
    const file = { keep, type: 'Q8_0' as const, mix: uniformMix(type), width };
    const { tensors } = await tensorsOf(file, making, null, tools);
    for (const [ofClass, own] of Map.groupBy(tensors, ({ name }) => classOf(name))) {
      const quantised = own.filter((tensor) => !isUnquantised(tensor.type));
      const bytesIn = (some: typeof own): number => some.reduce((sum, { bytes }) => sum + bytes, 0);
      const isMostly = 2 * bytesIn(quantised.filter((tensor) => tensor.type === type)) > bytesIn(quantised);
      if (!isMostly || !(ROUTED.includes(ofClass) ? OF_EXPERTS : OF_OTHERS).includes(type)) continue;
      sizes.set(ofClass, (sizes.get(ofClass) ?? new Map<TensorType, number>()).set(type, bytesIn(own)));
    }
  }
  return sizes;
}

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
