// Decides which demos are fitted to, which say when to stop, and which judge the result. No demo has two of these roles.
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import { uniform } from '../../base/statistics/uniform.ts';

/** Number of demos that say when to stop. */
const ASIDE = 4;
/** The share of demos that judge, and their minimum number. */
const JUDGING_SHARE = 0.25;
const FEWEST_JUDGING = 4;
const FEWEST_FITTED = 4;

export const FEWEST_DEMOS = ASIDE + FEWEST_JUDGING + FEWEST_FITTED;

/** Indices of demos, ascending. */
type SplitDemos = {
  readonly fitted: readonly number[];
  readonly aside: readonly number[];
  readonly judging: readonly number[];
};

/**
 * Splits demos at random, always in the same way for the same number of demos.
 * @throws WinnowError DEMOS_EMPTY: fewer than `FEWEST_DEMOS`
 */
export function splitDemos(demos: number, domain: string): SplitDemos {
  if (demos < FEWEST_DEMOS) {
    throw new WinnowError('DEMOS_EMPTY', say('repairFewDemos', { fewest: FEWEST_DEMOS, domain, demos }), { demos });
  }
  const random = uniform(1);
  const places = Array.from({ length: demos }, (_, place) => ({ place, rank: random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ place }) => place);
  const judging = Math.max(FEWEST_JUDGING, Math.floor(demos * JUDGING_SHARE));
  const part = (from: number, to: number): number[] => places.slice(from, to).sort((a, b) => a - b);
  return { judging: part(0, judging), aside: part(judging, judging + ASIDE), fitted: part(judging + ASIDE, demos) };
}
