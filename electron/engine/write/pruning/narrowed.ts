// Kept experts with fewer neurons: rows of gate and up matrices stay byte for byte, down matrices are made anew from columns.
import { WinnowError } from '../../../contract/errors.ts';
import type { TensorInfo } from '../../../contract/model-info.ts';
import { isUnquantised } from '../../../contract/quantise.ts';
import type { ExpertWidth } from '../../models/expert-width.ts';
import type { PlannedTensor } from './planned-file.ts';

export type Narrowed = ExpertWidth & {
  /** The neurons that each block's kept experts keep, `[n_kept][to]`, ascending; null: not chosen yet, which leaves sizes as they will be. */
  readonly neurons: ReadonlyMap<number, Int32Array> | null;
  /** Down matrices of the kept experts, by name. */
  readonly downs: ReadonlyMap<string, PlannedTensor>;
};

/** Blocks of more values than the 32 that all widths are a multiple of. */
const LARGE_BLOCKS: readonly { readonly types: RegExp; readonly values: number }[] = [
  { types: /_K$|^iq[123]|^iq4_xs|^tq/, values: 256 },
  { types: /^q1_0/, values: 128 },
  { types: /^(q2_0|nvfp4)$/, values: 64 },
];

/** What llama.cpp's quantiser makes of rows that such blocks do not fit into (`tensor_type_fallback`); of others it makes nothing. */
const FALLBACKS: readonly { readonly types: RegExp; readonly to: string }[] = [
  { types: /^iq/, to: 'iq4_nl' },
  { types: /^(q2_K|q3_K|q2_0|tq\d_0)$/, to: 'q4_0' },
  { types: /^q4_K$/, to: 'q5_0' },
  { types: /^q5_K$/, to: 'q5_1' },
];
const WIDEST = 'q8_0';

/** Bytes of 32 values, of types that a matrix may come to have. */
const BYTES: Readonly<Record<string, number>> = { f32: 128, q8_0: 34, q5_1: 24, q5_0: 22, q4_0: 18, iq4_nl: 18 };
const STEP = 32;

/** @param isQuantised whether the file's tensors are quantised later, of values as exact as there are */
export function downType(type: string, width: number, isQuantised: boolean): string {
  if (isUnquantised(type)) return type;
  if (isQuantised) return 'f32';
  const values = LARGE_BLOCKS.find(({ types }) => types.test(type))?.values ?? STEP;
  return width % values === 0 ? type : (FALLBACKS.find(({ types }) => types.test(type))?.to ?? WIDEST);
}

/**
 * A block's down matrices with fewer columns.
 * @param type that they have then
 * @param sourcePath where they lie, one expert after the other
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

/** What a neuron is of an expert's tensor: a row, a column, or nothing. */
export function neuronsIn({ name }: { readonly name: string }): 'rows' | 'columns' | null {
  if (/^ffn_(gate|up|gate_up)_exps\.(weight|bias)$/.test(name)) return 'rows';
  return name === 'ffn_down_exps.weight' ? 'columns' : null;
}

/**
 * Which rows of a tensor are left, among those of all experts.
 * @param rows of each expert: its neurons, once or, where gate and up lie in one tensor, twice
 */
export function rowsLeft(narrowed: Narrowed, block: number, kept: readonly number[], rows: number): number[] {
  const { from, to } = widthOf(narrowed, block);
  const chosen = narrowed.neurons?.get(block);
  return kept.flatMap((expert, place) => {
    const own = chosen ? [...chosen.subarray(place * to, (place + 1) * to)] : Array.from({ length: to }, (_, i) => i);
    return Array.from({ length: rows / from }, (_, set) =>
      own.map((neuron) => expert * rows + set * from + neuron),
    ).flat();
  });
}

/** How many neurons each of a block's experts had, and has. */
export function widthOf(
  { blocks }: Pick<Narrowed, 'blocks'>,
  block: number,
): { readonly from: number; readonly to: number } {
  const width = blocks.get(block);
  if (!width) throw new WinnowError('INTERNAL', `block ${block} has no experts`);
  return width;
}
