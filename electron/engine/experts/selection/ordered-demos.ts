// Adds up the demos of a run in random orders: the basis of curves over the number of demos.
import {
  sumsOf,
  type Criterion,
  type ExpertSums,
  type MatrixShape,
  type ScoreMatrix,
} from '../../../contract/criteria.ts';
import { inSlices } from '../../store/slices.ts';
import { randomMatrix, scoreMatrix, SUMS_BEHIND } from './criteria.ts';

/** The number of random orders. */
const ORDERS = 8;
/** Any fixed number: the same demos give the same curve. */
const ORDER_SEED = 1;

export type DemoSums = {
  readonly count: number;
  /** Called once for each index, in ascending order. */
  at(index: number): ExpertSums;
};

/** The demos of one order: those up to the first count, from there to the next one, and so on, and those after the last. */
type OrderedParts = { readonly parts: readonly PartialSums[]; readonly rest: PartialSums };

/**
 * Reads each demo once. For each order, the demos between two points of the curve are added up; only these sums are held,
 * however many demos there are.
 * @param counts numbers of demos, ascending: the points of the curve
 * @throws the signal's reason
 */
export async function sumInOrders(
  demos: DemoSums,
  counts: readonly number[],
  criterion: Criterion,
  shape: MatrixShape,
  signal: AbortSignal | undefined,
  nOrders = ORDERS,
): Promise<{ readonly orders: readonly OrderedParts[]; readonly total: PartialSums }> {
  const total = new PartialSums(criterion, shape);
  const orders = randomOrders(demos.count, nOrders).map((places) => ({
    places,
    parts: counts.map(() => new PartialSums(criterion, shape)),
    rest: new PartialSums(criterion, shape),
  }));
  const indices = Array.from({ length: demos.count }, (_, index) => index);
  await inSlices(
    indices,
    (index) => {
      const sums = demos.at(index);
      total.add(sums);
      for (const { places, parts, rest } of orders) {
        const place = places[index] ?? 0;
        (parts[counts.findIndex((count) => place < count)] ?? rest).add(sums);
      }
    },
    signal,
  );
  return { orders, total };
}

/**
 * Adds up the parts of an order, one after the other.
 * @param visit receives the sums of all demos up to each point of the curve
 * @throws the signal's reason
 */
export async function visitSums(
  { parts }: Pick<OrderedParts, 'parts'>,
  visit: (sums: PartialSums, point: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const sums = parts[0]?.empty();
  if (!sums) return;
  await inSlices(
    [...parts.entries()],
    ([point, part]) => {
      sums.add(part.sums);
      visit(sums, point);
    },
    signal,
  );
}

/** The sums of some demos that one criterion needs. */
export class PartialSums {
  readonly sums: ExpertSums;
  readonly #criterion: Criterion;
  readonly #shape: MatrixShape;

  constructor(criterion: Criterion, shape: MatrixShape) {
    this.#criterion = criterion;
    this.#shape = shape;
    const unused = new Float64Array(shape.nLayers * shape.nExpert);
    this.sums = sumsOf((name) => (SUMS_BEHIND[criterion].includes(name) ? unused.slice() : unused));
  }

  /** Sums of the same form over no demos. */
  empty(): PartialSums {
    return new PartialSums(this.#criterion, this.#shape);
  }

  /**
   * @param sums of one more demo, `[MoE layer][expert]`, in the shape of the criterion
   * @param times how often it counts
   */
  add(sums: ExpertSums, times = 1): void {
    for (const name of SUMS_BEHIND[this.#criterion]) {
      const target = this.sums[name];
      const source = sums[name];
      for (let i = 0; i < target.length; i++) target[i] = target[i]! + times * source[i]!;
    }
  }

  /** The scores from the demos so far. */
  scores(): ScoreMatrix {
    return scoreMatrix(this.#criterion, this.sums, this.#shape);
  }
}

/** The position of each demo in each order. */
function randomOrders(nDemos: number, nOrders: number): Int32Array[] {
  const { scores } = randomMatrix({ nLayers: nOrders, nExpert: nDemos, seed: ORDER_SEED });
  return Array.from({ length: nOrders }, (_, order) => {
    const keys = scores.subarray(order * nDemos, (order + 1) * nDemos);
    const sorted = Array.from(keys, (_key, demo) => demo).sort((a, b) => keys[a]! - keys[b]!);
    const places = new Int32Array(nDemos);
    sorted.forEach((demo, place) => (places[demo] = place));
    return places;
  });
}
