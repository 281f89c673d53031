// Whether the demos are enough: what some of them choose, compared with what others choose. A comparison with the choice of all
// demos, which include the compared ones, would end at 100 % by construction; this one does not.
import { ENOUGH_HELD, type Agreement } from '../../../contract/api/runs.ts';
import type { Criterion, MatrixShape } from '../../../contract/criteria.ts';
import { mean } from '../../base/statistics/averages.ts';
import type { SelectOptions } from './layer-rules.ts';
import { retainedShares } from './matrix-shares.ts';
import { demoCounts, sumInOrders, visitSums, type DemoSums, type PartialSums } from './ordered-demos.ts';
import { commonShare } from './overlap.ts';
import { selectMeasured } from './select.ts';

type AgreementPoint = Agreement['points'][number];

/**
 * The formula is in docs/METHOD.md, "Agreement". A layer in which either side has no score agrees in nothing.
 * @throws WinnowError SCORES_INVALID and SELECTION_IMPOSSIBLE as `selectMeasured`; the signal's reason
 */
export async function agreement(
  demos: DemoSums,
  criterion: Criterion,
  shape: MatrixShape,
  options: SelectOptions,
  signal?: AbortSignal,
): Promise<Agreement> {
  const half = Math.floor(demos.count / 2);
  if (half === 0) return { points: [], enoughAt: null };
  const counts = [...demoCounts(half), half];
  const { orders } = await sumInOrders(demos, counts, criterion, shape, signal);

  const found = counts.map((): { agreed: number; held: number }[] => []);
  for (const order of orders) {
    const heldBack = order.rest.scores();
    const theirs = selectMeasured(heldBack, options);
    const compare = (sums: PartialSums, point: number): void => {
      const { kept } = selectMeasured(sums.scores(), options);
      const retained = retainedShares(heldBack, kept);
      found[point]?.push({
        agreed: commonShare(kept, theirs.kept),
        held: mean(retained.map((share, layer) => (share === 0 ? 0 : share / theirs.retained[layer]!))),
      });
    };
    await visitSums(order, compare, signal);
  }
  const points = counts.map((count, i) => spread(count, found[i] ?? []));
  return { points, enoughAt: enoughAt(points) };
}

function spread(demos: number, found: readonly { readonly agreed: number; readonly held: number }[]): AgreementPoint {
  const agreed = found.map((order) => order.agreed);
  return {
    demos,
    agreed: mean(agreed),
    low: Math.min(...agreed),
    high: Math.max(...agreed),
    held: mean(found.map(({ held }) => held)),
  };
}

function enoughAt(points: readonly AgreementPoint[]): number | null {
  const lastBelow = points.findLastIndex(({ held }) => held < ENOUGH_HELD);
  return points[lastBelow + 1]?.demos ?? null;
}
