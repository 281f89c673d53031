// Kept experts with fewer neurons: the kept rows of gate and up matrices stay byte for byte; down matrices are rebuilt from kept columns.
import { WinnowError } from '../../../contract/errors.ts';
import type { TensorInfo } from '../../../contract/model-info.ts';
import { isUnquantised } from '../../../contract/quantise.ts';
import type { ExpertWidth } from '../../models/expert-width.ts';
import type { PlannedTensor } from './planned-file.ts';
import { DOWN } from '../../models/expert-tensors.ts';

export type Narrowed = ExpertWidth & {
  /** The neurons that each block's kept experts keep, `[n_kept][to]`, ascending; null: not chosen yet; the first ones stand in for them. */
  readonly neurons: ReadonlyMap<number, Int32Array> | null;
  /** Down matrices of the kept experts, indexed by tensor name. */
  readonly downs: ReadonlyMap<string, PlannedTensor>;
};

/** Types with blocks of more than 32 values; every width is a multiple of 32. */
const LARGE_BLOCKS: readonly { readonly types: RegExp; readonly values: number }[] = [
  { types: /_K$|^iq[123]|^iq4_xs|^tq/, values: 256 },
  { types: /^q1_0/, values: 128 },
  { types: /^(q2_0|nvfp4)$/, values: 64 },
];

/** Types that llama.cpp's quantiser falls back to if rows do not fit large blocks (`tensor_type_fallback`); other types have no fallback. */
const FALLBACKS: readonly { readonly types: RegExp; readonly to: string }[] = [
  { types: /^iq/, to: 'iq4_nl' },
  { types: /^(q2_K|q3_K|q2_0|tq\d_0)$/, to: 'q4_0' },
  { types: /^q4_K$/, to: 'q5_0' },
  { types: /^q5_K$/, to: 'q5_1' },
];
const WIDEST = 'q8_0';

/** Bytes per 32 values, for the types that a down matrix can change to. */
const BYTES: Readonly<Record<string, number>> = { f32: 128, q8_0: 34, q5_1: 24, q5_0: 22, q4_0: 18, iq4_nl: 18 };
const STEP = 32;

/** The type of a down matrix of a given width. @param isQuantised whether the file is quantised later, from values as exact as possible */
export function downType(type: string, width: number, isQuantised: boolean): string {
  if (isUnquantised(type)) return type;
  if (isQuantised) return 'f32';
  const values = LARGE_BLOCKS.find(({ types }) => types.test(type))?.values ?? STEP;
  return width % values === 0 ? type : (FALLBACKS.find(({ types }) => types.test(type))?.to ?? WIDEST);
}

/**
 * Plans a block's down matrices with fewer columns.
 * @param type their new type
 * @param sourcePath file that holds them, one expert after the other
 */
export function plannedDown(
  tensor: TensorInfo,
  keep: number,
  width: number,
  type: string,
  sourcePath: string,
): PlannedTensor {
  const [nIn = 1, nOut = 1, nExpert = 1] = tensor.ne;
  const ofStep = type === tensor.type ? (tensor.bytes * STEP) / (nIn * nOut * nExpert) : BYTES[type];
  if (ofStep === undefined) throw new WinnowError('INTERNAL', `the size of type ${type} is not known`);
  const bytes = keep * nOut * (width / STEP) * ofStep;
  return {
    name: tensor.name,
    type,
    ne: [width, nOut, keep],
    bytes,
    sourcePath,
    ranges: [{ offset: 0, length: bytes }],
  };
}

/** Whether a neuron is a row or a column of a tensor; null: neither. */
export function neuronsIn({ name }: { readonly name: string }): 'rows' | 'columns' | null {
  if (/^ffn_(gate|up|gate_up)_exps\.(weight|bias)$/.test(name)) return 'rows';
  return name === DOWN ? 'columns' : null;
}

/**
 * Indices of the kept rows, among the rows of all experts.
 * @param rows number of rows per expert: its neurons, counted twice if gate and up lie in one tensor
 */
export function rowsLeft(narrowed: Narrowed, block: number, kept: readonly number[], rows: number): number[] {
  const { from, to } = blockWidth(narrowed, block);
  const chosen = narrowed.neurons?.get(block);
  return kept.flatMap((expert, place) => {
    const own = chosen ? [...chosen.subarray(place * to, (place + 1) * to)] : Array.from({ length: to }, (_, i) => i);
    return Array.from({ length: rows / from }, (_, set) =>
      own.map((neuron) => expert * rows + set * from + neuron),
    ).flat();
  });
}

/** How many neurons each expert of a block had, and has now. */
export function blockWidth({ blocks }: ExpertWidth, block: number): { readonly from: number; readonly to: number } {
  const width = blocks.get(block);
  if (!width) throw new WinnowError('INTERNAL', `block ${block} has no experts`);
  return width;
}
