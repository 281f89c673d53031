// Decides which demos are fitted to, and which judge the result. No demo is both, nor are two demos that overlap on both sides.
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import { uniform } from '../../base/statistics/uniform.ts';

/** The share of demos that judge, and their minimum number. */
const JUDGING_SHARE = 0.25;
const FEWEST_JUDGING = 4;
const FEWEST_FITTED = 8;

export const FEWEST_DEMOS = FEWEST_JUDGING + FEWEST_FITTED;

/** Indices of demos, ascending. */
type SplitDemos = {
  readonly fitted: readonly number[];
  readonly judging: readonly number[];
};

/**
 * Splits demos at random, always in the same way for the same groups. Of a group, one demo judges, or all are fitted to.
 * @param groups of each demo, as `overlapGroups` numbers them
 * @throws WinnowError DEMOS_EMPTY: fewer groups than `FEWEST_DEMOS`
 */
export function splitDemos(groups: readonly number[], domain: string): SplitDemos {
  const members = [...Map.groupBy(groups.keys(), (place) => groups[place]!).values()];
  if (members.length < FEWEST_DEMOS) {
    const what = { fewest: FEWEST_DEMOS, domain, demos: members.length };
    throw new WinnowError('DEMOS_EMPTY', say('repairFewDemos', what), { demos: members.length });
  }
  const random = uniform(1);
  const shuffled = members
    .map((group) => ({ group, rank: random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ group }) => group);
  const judging = Math.max(FEWEST_JUDGING, Math.floor(members.length * JUDGING_SHARE));
  const ascending = (places: number[]): number[] => places.sort((a, b) => a - b);
  return {
    judging: ascending(shuffled.slice(0, judging).map(([first]) => first!)),
    fitted: ascending(shuffled.slice(judging).flat()),
  };
}
