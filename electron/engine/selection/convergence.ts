// How soon the choice of experts settles as demos are added: whether further demos are worth their time.
import {
  sumsOf,
  type Criterion,
  type ExpertSums,
  type MatrixShape,
  type ScoreMatrix,
} from '../../contract/criteria.ts';
import { mean } from '../statistics/averages.ts';
import { inSlices } from '../store/slices.ts';
import { randomMatrix, scoreMatrix, SUMS_BEHIND } from './criteria.ts';
import type { SelectOptions } from './layer-rules.ts';
import { selectExperts } from './select.ts';

/** Orders in which the demos might have come. */
const ORDERS = 8;
/** Any number: the same demos give the same curve. */
const ORDER_SEED = 1;
/** Demos are enough where they find this share of what all demos keep. */
const ENOUGH = 0.98;
/** Points of the curve in each decade. */
const MANTISSAS = [1, 1.5, 2, 2.5, 3, 5, 7];

type ConvergencePoint = {
  readonly demos: number;
  /**
   * Share of the experts kept with all demos that so many demos find already: mean over the layers and over random
   * orders of the demos, 0 to 1.
   */
  readonly found: number;
  /** In the order where it is smallest, and largest. */
  readonly low: number;
  readonly high: number;
};

export type Convergence = {
  /** For 1, 2, 3, 5, 7, 10, 15, … demos, and all. None without demos. */
  readonly points: readonly ConvergencePoint[];
  /** The fewest demos that find `ENOUGH`, and after which no point falls below; null: not before all are in. */
  readonly enoughAt: number | null;
};

export type DemoSums = {
  readonly count: number;
  /** Asked for once, in ascending order. */
  at(index: number): ExpertSums;
};

/**
 * @throws WinnowError SCORES_INVALID and SELECTION_IMPOSSIBLE as `selectExperts`; the signal's reason
 */
export async function convergence(
  demos: DemoSums,
  criterion: Criterion,
  shape: MatrixShape,
  options: SelectOptions,
  signal?: AbortSignal,
): Promise<Convergence> {
  if (demos.count === 0) return { points: [], enoughAt: null };
  const counts = demoCounts(demos.count);
  const { orders, total } = await sumParts(demos, counts, criterion, shape, signal);
  const keep = (parts: PartialSums): number[][] => selectExperts(parts.scores(), options).kept;
  const all = keep(total).map((experts) => new Set(experts));

  const found = counts.map((): number[] => []);
  for (const parts of orders) {
    const sums = new PartialSums(criterion, shape);
    const add = (part: PartialSums, point: number): void => {
      sums.add(part.sums);
      found[point]?.push(shareFound(keep(sums), all));
    };
    await inSlices([...parts.entries()], ([point, part]) => add(part, point), signal);
  }
  const points = counts.map((count, i) => spread(count, found[i] ?? []));
  // summed in another order, all demos may differ in the last bit
  points.push({ demos: demos.count, found: 1, low: 1, high: 1 });
  return { points, enoughAt: enoughAt(points.slice(0, -1)) };
}

/**
 * Reads each demo once. In each order the demos between two points of the curve are added up; with as many demos as
 * there may be, that is what has to be held.
 */
async function sumParts(
  demos: DemoSums,
  counts: readonly number[],
  criterion: Criterion,
  shape: MatrixShape,
  signal: AbortSignal | undefined,
): Promise<{ orders: PartialSums[][]; total: PartialSums }> {
  const total = new PartialSums(criterion, shape);
  const orders = randomOrders(demos.count).map((order) => ({
    order,
    parts: counts.map(() => new PartialSums(criterion, shape)),
  }));
  const indices = Array.from({ length: demos.count }, (_, index) => index);
  await inSlices(
    indices,
    (index) => {
      const sums = demos.at(index);
      total.add(sums);
      for (const { order, parts } of orders) {
        // demos after the last point are part of the total only
        const place = order[index] ?? 0;
        parts[counts.findIndex((count) => place < count)]?.add(sums);
      }
    },
    signal,
  );
  return { orders: orders.map(({ parts }) => parts), total };
}

/** The sums that one criterion needs, of some demos. */
class PartialSums {
  readonly sums: ExpertSums;
  readonly #criterion: Criterion;
  readonly #shape: MatrixShape;

  constructor(criterion: Criterion, shape: MatrixShape) {
    this.#criterion = criterion;
    this.#shape = shape;
    const unused = new Float64Array(shape.nLayers * shape.nExpert);
    this.sums = sumsOf((name) => (SUMS_BEHIND[criterion].includes(name) ? unused.slice() : unused));
  }

  add(sums: ExpertSums): void {
    for (const name of SUMS_BEHIND[this.#criterion]) {
      const target = this.sums[name];
      const source = sums[name];
      for (let i = 0; i < target.length; i++) target[i] = target[i]! + source[i]!;
    }
  }

  scores(): ScoreMatrix {
    return scoreMatrix(this.#criterion, this.sums, this.#shape);
  }
}

/** Each demo's place in each order. */
function randomOrders(nDemos: number): Int32Array[] {
  const { scores } = randomMatrix({ nLayers: ORDERS, nExpert: nDemos, seed: ORDER_SEED });
  return Array.from({ length: ORDERS }, (_, order) => {
    const keys = scores.subarray(order * nDemos, (order + 1) * nDemos);
    const sorted = Array.from(keys, (_key, demo) => demo).sort((a, b) => keys[a]! - keys[b]!);
    const places = new Int32Array(nDemos);
    sorted.forEach((demo, place) => (places[demo] = place));
    return places;
  });
}

/** 1, 2, 3, 5, 7, 10, 15, 20, 25, 30, 50, …: those below `nDemos`. */
function demoCounts(nDemos: number): number[] {
  const counts: number[] = [];
  for (let decade = 1; decade < nDemos; decade *= 10) {
    counts.push(...MANTISSAS.map((mantissa) => mantissa * decade).filter((n) => Number.isInteger(n) && n < nDemos));
  }
  return counts;
}

function shareFound(kept: readonly (readonly number[])[], all: readonly ReadonlySet<number>[]): number {
  const foundIn = (experts: ReadonlySet<number>, layer: number): number =>
    kept[layer]?.filter((expert) => experts.has(expert)).length ?? 0;
  return mean(all.map((experts, layer) => foundIn(experts, layer) / experts.size));
}

function spread(demos: number, found: readonly number[]): ConvergencePoint {
  return { demos, found: mean(found), low: Math.min(...found), high: Math.max(...found) };
}

function enoughAt(points: readonly ConvergencePoint[]): number | null {
  const lastBelow = points.findLastIndex(({ found }) => found < ENOUGH);
  return points[lastBelow + 1]?.demos ?? null;
}
