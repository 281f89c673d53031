// What each class of tensors can be written in, and how large it then is: asked of llama.cpp's quantiser in dry runs, so that what it
// falls back to where rows do not divide is what counts.
import { TENSOR_CLASSES, type Mix, type TensorClass } from '../../../contract/mix.ts';
import type { TensorType } from '../../../contract/quantise.ts';
import { classOf, fileTypeOf, uniformMix } from '../../write/quantising/tensor-classes.ts';
import { sizeOf, tensorsOf, type FileOptions, type HeaderTools } from './fit-files.ts';
import type { ClassOption } from './best-mixes.ts';
import type { Losses } from './losses.ts';

/** Types for routed experts. Others of as many bits lose more. */
const OF_EXPERTS: readonly TensorType[] = [
  ...(['q8_0', 'q6_K', 'q5_K', 'q5_0', 'q4_K', 'iq4_nl', 'iq4_xs', 'mxfp4', 'q3_K', 'iq3_s', 'iq3_xxs'] as const),
  ...(['q2_K', 'iq2_s', 'iq2_xs', 'iq2_xxs', 'iq1_m', 'iq1_s'] as const),
];
/** For what every token passes, which is small beside the experts and loses much. */
const OF_OTHERS: readonly TensorType[] = ['q8_0', 'q6_K', 'q5_K', 'q5_0', 'q4_K', 'iq4_nl', 'q3_K'];
const ROUTED: readonly TensorClass[] = ['gateUp', 'down'];
const UNQUANTISED: readonly string[] = ['f32', 'f16', 'bf16'];

type Sizes = ReadonlyMap<TensorClass, ReadonlyMap<TensorType, number>>;

/** One way of laying out the model: with all experts, or with fewer and perhaps without its next-token prediction. */
type Layout = {
  /** Experts that its sizes are of. */
  readonly keep: number;
  readonly sizes: Sizes;
};

/** Memory beside the classes' bytes. With fewer experts it is known of two counts, and grows evenly: routers are in it. */
type Overhead = { readonly whole: number; readonly cut: readonly [a: number, ofA: number, b: number, ofB: number] };

export class ClassSizes {
  readonly #whole: Layout;
  readonly #cut: Layout;
  readonly #overhead: Overhead;

  private constructor(whole: Layout, cut: Layout, overhead: Overhead) {
    this.#whole = whole;
    this.#cut = cut;
    this.#overhead = overhead;
  }

  /**
   * @param counts of experts that may be kept, ascending; the last one is all of them
   * @throws WinnowError as `tensorsOf`
   */
  static async of(counts: readonly number[], making: FileOptions, tools: HeaderTools): Promise<ClassSizes> {
    const all = counts.at(-1)!;
    const [fewest = all, most = all] = [counts[0], counts.at(-2)];
    const whole = { keep: all, sizes: await sizesOf(all, making, tools) };
    const cutsMore = making.model.info.nextnLayers.length > 0;
    const cut = cutsMore ? { keep: most, sizes: await sizesOf(most, making, tools) } : whole;
    const mix = uniformMix('q8_0');
    const beside = async (keep: number, layout: Layout): Promise<number> => {
      const file = { keep, type: fileTypeOf(mix), mix, activeExperts: null };
      return (await sizeOf(file, making, null, tools)).memoryBytes - bytesOf(mix, keep, layout);
    };
    return new ClassSizes(whole, cut, {
      whole: await beside(all, whole),
      cut: [fewest, await beside(fewest, cut), most, await beside(most, cut)],
    });
  }

  /** The classes that the model has. */
  classes(): readonly TensorClass[] {
    return [...this.#whole.sizes.keys()];
  }

  /** What a class may be written in, in a file with so many experts. */
  options(ofClass: TensorClass, keep: number, losses: Losses): readonly ClassOption[] {
    const layout = this.#layoutOf(keep);
    return [...(layout.sizes.get(ofClass)?.keys() ?? [])].map((type) => ({
      type,
      bytes: bytesOf({ [ofClass]: type }, keep, layout),
      loss: losses.ofClass(ofClass, type),
    }));
  }

  /** Memory beside the classes' bytes: cache, buffers, and the tensors that stay as they are. */
  overhead(keep: number): number {
    if (keep === this.#whole.keep) return this.#overhead.whole;
    const [a, ofA, b, ofB] = this.#overhead.cut;
    return a === b ? ofA : ofA + ((keep - a) / (b - a)) * (ofB - ofA);
  }

  #layoutOf(keep: number): Layout {
    return keep === this.#whole.keep ? this.#whole : this.#cut;
  }
}

function bytesOf(mix: Mix, keep: number, layout: Layout): number {
  return TENSOR_CLASSES.reduce((sum, ofClass) => {
    const type = mix[ofClass];
    const bytes = type === undefined ? 0 : (layout.sizes.get(ofClass)?.get(type) ?? 0);
    return sum + (ROUTED.includes(ofClass) ? (bytes * keep) / layout.keep : bytes);
  }, 0);
}

/** By class and type, where most of the class can be of that type. */
async function sizesOf(keep: number, making: FileOptions, tools: HeaderTools): Promise<Sizes> {
  const sizes = new Map<TensorClass, Map<TensorType, number>>();
  for (const type of OF_EXPERTS) {
    const file = { keep, type: 'Q8_0' as const, mix: uniformMix(type), activeExperts: null };
    const { tensors } = await tensorsOf(file, making, null, tools);
    for (const [ofClass, own] of Map.groupBy(tensors, ({ name }) => classOf(name))) {
      const quantised = own.filter((tensor) => !UNQUANTISED.includes(tensor.type));
      const bytesIn = (some: typeof own): number => some.reduce((sum, { bytes }) => sum + bytes, 0);
      const isMostly = 2 * bytesIn(quantised.filter((tensor) => tensor.type === type)) > bytesIn(quantised);
      if (!isMostly || !(ROUTED.includes(ofClass) ? OF_EXPERTS : OF_OTHERS).includes(type)) continue;
      sizes.set(ofClass, (sizes.get(ofClass) ?? new Map<TensorType, number>()).set(type, bytesIn(own)));
    }
  }
  return sizes;
}
