// Predicts the loss of a file: the sum of the losses of each class of tensors in its type, and the loss from missing experts.
// Losses are mean KL divergences from the source model, in nats per token.
import { TENSOR_CLASSES, type TensorClass } from '../../../contract/mix.ts';
import { TENSOR_TYPES, type TensorType } from '../../../contract/quantise.ts';
import { mean } from '../../base/statistics/numbers.ts';

/**
 * Each type's loss as a multiple of q4_K's, for any class: measured on the bundled sample, as geometric means over two domains and the
 * measured classes.
 */
const ERRORS: Readonly<Record<TensorType, number>> = {
  f32: 0,
  f16: 0,
  bf16: 0,
  q8_0: 0.04,
  q6_K: 0.12,
  q5_K: 0.34,
  q5_1: 0.42,
  q5_0: 0.5,
  q4_K: 1,
  iq4_nl: 1.1,
  iq4_xs: 1.13,
  q4_1: 1.3,
  q4_0: 1.8,
  mxfp4: 2.6,
  q3_K: 3.6,
  iq3_s: 4.1,
  iq3_xxs: 4.8,
  iq2_s: 8.3,
  iq2_xs: 12,
  q2_K: 13.5,
  iq2_xxs: 16.5,
  iq1_m: 28,
  iq1_s: 40,
  q2_0: 100,
  tq2_0: 100,
  tq1_0: 150,
  q1_0: 1000,
};

/** Loss of q4_K in each class of the sample, which has no shared experts and no dense blocks: these are assumed to lose like gate and up. */
const AT_Q4_K: Readonly<Record<TensorClass, number>> = {
  gateUp: 0.0014,
  down: 0.002,
  attention: 0.0056,
  sharedExperts: 0.0014,
  dense: 0.0014,
  embedding: 0.0074,
};

/** Loss of the sample with a share of its experts. */
const CUTS: readonly (readonly [share: number, loss: number])[] = [
  ...([
    [0.28, 0.43],
    [0.375, 0.226],
    [0.5, 0.1],
    [0.625, 0.035],
    [0.75, 0.0097],
    [0.875, 0.0038],
  ] as const),
];

/** Additional loss of the sample if its experts keep a share of their neurons, the largest share first. */
const NARROWING: readonly (readonly [share: number, loss: number])[] = [
  [0.75, 0.06],
  [0.5, 0.25],
];

/** Losses below this cannot be distinguished; the limit keeps their logarithms finite. */
const LEAST = 1e-6;

/** A figure to measure: of a class in a type, or of a count of experts with a share (`width`) of their neurons; null: all neurons. */
export type Figure =
  | { readonly ofClass: TensorClass; readonly type: TensorType; readonly keep?: never; readonly width?: never }
  | { readonly keep: number; readonly width: number | null; readonly ofClass?: never; readonly type?: never };

/** A key that is equal for equal figures. */
export function figureKey(figure: Figure): string {
  if (figure.keep === undefined) return `${figure.ofClass} ${figure.type}`;
  return figure.width === null ? `${figure.keep}` : `${figure.keep} × ${figure.width}`;
}

/** Whether a figure can be measured on a preview: a count of experts as wide as in the source model. Other figures need a file. */
export function isPreview({ keep, width = null }: Figure): boolean {
  return keep !== undefined && width === null;
}

export class Losses {
  readonly #nExpert: number;
  readonly #measured: ReadonlyMap<string, number>;
  readonly #factors: ReadonlyMap<TensorClass, number>;
  /** Measured counts, ascending, with losses made to fall. */
  readonly #cuts: readonly (readonly [number, number])[];

  /** @param measured indexed by `figureKey`; missing figures are taken from the sample, scaled to the measured ones */
  constructor(nExpert: number, measured: ReadonlyMap<string, number> = new Map()) {
    this.#nExpert = nExpert;
    this.#measured = measured;
    this.#factors = new Map(TENSOR_CLASSES.map((ofClass) => [ofClass, factorOf(ofClass, measured)]));
    const counts = countsIn(measured, /^(\d+)$/);
    this.#cuts = falling(counts.length > 1 ? counts : CUTS.map(([share, loss]) => [share * nExpert, loss] as const));
  }

  /** Whether a figure was measured, or need not be. */
  isKnown(figure: Figure): boolean {
    return (figure.keep === this.#nExpert && figure.width === null) || this.#measured.has(figureKey(figure));
  }

  /** Loss of the model with all experts and this class alone in a type. */
  ofClass(ofClass: TensorClass, type: TensorType): number {
    const known = this.#measured.get(figureKey({ ofClass, type }));
    return known ?? (this.#factors.get(ofClass) ?? 1) * AT_Q4_K[ofClass] * ERRORS[type];
  }

  /** Loss of the source's weights with a number of experts and a share of their neurons; null: all neurons. */
  ofCut(keep: number, width: number | null = null): number {
    return this.#ofCount(keep) + (width === null ? 0 : this.#ofNarrowing(keep, width));
  }

  /** Loss that fewer neurons add: linear between measured counts, constant beyond them. */
  #ofNarrowing(keep: number, width: number): number {
    const points = countsIn(this.#measured, new RegExp(`^(\\d+) × ${width}$`))
      .map(([count, loss]) => [count, Math.max(0, loss - this.#ofCount(count))] as const)
      .toSorted(([a], [b]) => a - b);
    const [first, last] = [points[0], points.at(-1)];
    if (first === undefined || last === undefined) return NARROWING.find(([share]) => share <= width)?.[1] ?? Infinity;
    const high = points.find(([count]) => count >= keep) ?? last;
    const low = points.findLast(([count]) => count <= keep) ?? first;
    return high[0] === low[0] ? high[1] : low[1] + ((keep - low[0]) / (high[0] - low[0])) * (high[1] - low[1]);
  }

  /** Loss of a count of experts: linear between the logarithms of measured losses. */
  #ofCount(keep: number): number {
    if (keep >= this.#nExpert) return 0;
    const points = this.#cuts;
    const after = points.findIndex(([count]) => count >= keep);
    const high = Math.min(points.length - 1, Math.max(1, after < 0 ? points.length - 1 : after));
    const [[a, lossA], [b, lossB]] = [points[high - 1]!, points[high]!];
    const [logA, logB] = [Math.log(Math.max(LEAST, lossA)), Math.log(Math.max(LEAST, lossB))];
    return Math.exp(logA + ((keep - a) / (b - a)) * (logB - logA));
  }
}

/** Counts and their losses. @param key pattern of the keys, with the count as a group */
function countsIn(measured: ReadonlyMap<string, number>, key: RegExp): (readonly [number, number])[] {
  return [...measured].flatMap(([figure, loss]) => {
    const count = key.exec(figure)?.[1];
    return count === undefined ? [] : [[Number(count), loss] as const];
  });
}

/** How much more a class loses than in the sample: the geometric mean over its measured types. */
function factorOf(ofClass: TensorClass, measured: ReadonlyMap<string, number>): number {
  const logs = TENSOR_TYPES.flatMap((type) => {
    const loss = measured.get(figureKey({ ofClass, type }));
    const expected = AT_Q4_K[ofClass] * ERRORS[type];
    return loss === undefined || loss <= LEAST || expected === 0 ? [] : [Math.log(loss / expected)];
  });
  return logs.length === 0 ? 1 : Math.exp(mean(logs));
}

/** Makes losses fall: more experts never lose more. If chance says otherwise, the loss of the smaller count is used. */
function falling(points: readonly (readonly [number, number])[]): readonly (readonly [number, number])[] {
  let most = Infinity;
  return points
    .toSorted(([a], [b]) => a - b)
    .map(([count, loss]) => {
      most = Math.min(most, loss);
      return [count, most];
    });
}

/** A class's part of the loss of all classes together in one type. */
export function partOf(ofClass: TensorClass, classes: readonly TensorClass[]): number {
  return AT_Q4_K[ofClass] / classes.reduce((sum, one) => sum + AT_Q4_K[one], 0);
}
