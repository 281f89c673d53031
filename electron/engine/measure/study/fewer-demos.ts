// Computes the scores that fewer of a domain's demos, drawn at random, would give.
import type { Criterion, MatrixShape, ScoreMatrix } from '../../../contract/criteria.ts';
import { sumInOrders, visitSums, type DemoSums } from '../../experts/selection/ordered-demos.ts';
import type { ScoredDomain } from './choose.ts';

/** The scores for each count and seed. @param counts numbers of demos; those that are not below the total are left out */
export async function scoresOfFewer(
  demos: DemoSums,
  {
    counts,
    seeds,
    criterion,
  }: { readonly counts: readonly number[]; readonly seeds: number; readonly criterion: Criterion },
  shape: MatrixShape,
  signal: AbortSignal,
): Promise<ScoredDomain['fewer']> {
  const fewer = [...new Set(counts)].filter((count) => count < demos.count).toSorted((a, b) => a - b);
  if (fewer.length === 0) return [];
  const { orders } = await sumInOrders(demos, fewer, criterion, shape, signal, seeds);
  const found: ScoredDomain['fewer'][number][] = [];
  for (const [index, order] of orders.entries()) {
    const add = (matrix: ScoreMatrix, point: number): void =>
      void found.push({ demos: fewer[point]!, seed: index + 1, matrix });
    await visitSums(order, (sums, point) => add(sums.scores(), point), signal);
  }
  return found.toSorted((a, b) => a.demos - b.demos || a.seed - b.seed);
}
