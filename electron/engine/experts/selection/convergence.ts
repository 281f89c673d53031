// How soon the choice of experts settles as demos are added: how much of what all demos keep is already found by the first ones.
import type { Criterion, MatrixShape } from '../../../contract/criteria.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import { mean } from '../../base/statistics/averages.ts';
import type { SelectOptions } from './layer-rules.ts';
import { demoCounts, sumInOrders, visitSums, type DemoSums, type PartialSums } from './ordered-demos.ts';
import { commonShare } from './overlap.ts';
import { selectExperts, selectMeasured } from './select.ts';

type ConvergencePoint = {
  readonly demos: number;
  /**
   * Share of the experts kept with all demos that this many demos already find: mean over the layers and over random
   * orders of the demos, 0 to 1.
   */
  readonly found: number;
  /** The share in the order in which it is smallest; `high`: largest. */
  readonly low: number;
  readonly high: number;
};

/**
 * @returns points for 1, 2, 3, 5, 7, 10, 15, … demos, and for all, where everything is found by construction; none without
 * demos
 * @throws WinnowError SCORES_INVALID and SELECTION_IMPOSSIBLE as `selectExperts`; the signal's reason
 */
export async function convergence(
  demos: DemoSums,
  criterion: Criterion,
  shape: MatrixShape,
  options: SelectOptions,
  signal?: AbortSignal,
): Promise<ConvergencePoint[]> {
  if (demos.count === 0) return [];
  const counts = demoCounts(demos.count);
  const { orders, total } = await sumInOrders(demos, counts, criterion, shape, signal);
  const all = selectExperts(total.scores(), options).kept;
  const keep = (parts: PartialSums): KeptExperts => selectMeasured(parts.scores(), options).kept;

  const found = counts.map((): number[] => []);
  for (const order of orders) {
    await visitSums(order, (sums, point) => void found[point]?.push(commonShare(keep(sums), all)), signal);
  }
  const points = counts.map((count, i) => spread(count, found[i] ?? []));
  // set exactly, because summing all demos in another order may change the last bit
  return [...points, { demos: demos.count, found: 1, low: 1, high: 1 }];
}

function spread(demos: number, found: readonly number[]): ConvergencePoint {
  return { demos, found: mean(found), low: Math.min(...found), high: Math.max(...found) };
}
