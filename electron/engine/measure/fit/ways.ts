// How experts are chosen: by which criterion, and whether equally many stay in each of the router's groups. What nobody asked for is
// measured where it matters, as previews of the source model.
import { FAST_CRITERIA } from '../../../contract/criteria.ts';
import type { ChoosingWay, FitResult } from '../../../contract/fit.ts';
import type { Interval } from '../../../contract/interval.ts';
import type { FitRequest } from '../../../contract/requests.ts';
import { countLimits, type Routing } from '../../experts/selection/choose-experts.ts';
import { divergenceOver, meanDivergence, type StageSums } from './judge.ts';

type Asked = Pick<FitRequest, 'criterion' | 'grouping'>;

/** As long as no other one is clearly better. */
export function firstWay({ criterion = 'easy-ep', grouping = 'ungrouped' }: Asked): ChoosingWay {
  return { criterion, grouping };
}

type Settling = {
  /** Experts kept a layer, fewer than all: where it matters. null: all files have all experts. */
  readonly keep: number | null;
  /** What a choice of so many experts loses in the domain, all on the same text. */
  readonly measure: (way: ChoosingWay, keep: number) => Promise<StageSums>;
  readonly isTimeUp: () => boolean;
};

/**
 * The groups first, then the criteria: another way is taken where the interval of its KL divergence less the present one's says that it
 * is nearer; of several the one with the least.
 * @throws what `measure` throws
 */
export async function settledWay(
  asked: Asked,
  routing: Routing,
  { keep: promising, measure, isTimeUp }: Settling,
): Promise<NonNullable<FitResult['way']>> {
  let way = firstWay(asked);
  if (promising === null) return { ...way, measured: null };
  const { tries, keep } = waysToTry(asked, routing, promising);
  if (tries.length === 0) return { ...way, measured: null };
  let sums = await measure(way, keep);
  const measured = [{ ...way, kl: meanDivergence(sums) }];
  for (const changes of tries) {
    let best = { way, sums };
    for (const change of changes) {
      if (isTimeUp()) break;
      const other = { ...way, ...change };
      const own = await measure(other, keep);
      measured.push({ ...other, kl: meanDivergence(own) });
      const over = divergenceOver(own, sums);
      const isNearer = over !== null && isBelow(over, changes.length);
      if (isNearer && meanDivergence(own) < meanDivergence(best.sums)) best = { way: other, sums: own };
    }
    ({ way, sums } = best);
  }
  return { ...way, measured: { keep, ways: measured } };
}

/** Of several that are compared with one, chance puts one in front more often: its interval has to be below 0 at twice its width. */
function isBelow({ value, high }: Interval, tries: number): boolean {
  return high !== null && value + (tries > 1 ? 2 : 1) * (high - value) < 0;
}

/** Whether both choose the same experts, of whatever count. */
export function isSameWay(a: ChoosingWay, b: ChoosingWay): boolean {
  return a.criterion === b.criterion && a.grouping === b.grouping;
}

/** How many choices are measured beside that of the first way. @param keep null: all files have all experts */
export function countWays(asked: Asked, routing: Routing, keep: number | null): number {
  return keep === null ? 0 : waysToTry(asked, routing, keep).tries.flat().length;
}

type Tries = { readonly tries: readonly (readonly Partial<ChoosingWay>[])[]; readonly keep: number };

/** Ways that differ in one thing, one thing after the other, and the nearest count that all of them can keep. */
function waysToTry({ criterion, grouping }: Asked, routing: Routing, promising: number): Tries {
  const { unit, smallest } = countLimits(routing, 'balanced');
  const even = Math.floor(promising / unit) * unit;
  const isGrouped = grouping === undefined && routing.nExpertGroups > 1 && even >= smallest;
  const { criterion: first } = firstWay({});
  const others = FAST_CRITERIA.filter((one) => one !== first).map((one) => ({ criterion: one }));
  const tries = [isGrouped ? [{ grouping: 'balanced' as const }] : [], criterion === undefined ? others : []];
  return { tries: tries.filter((changes) => changes.length > 0), keep: isGrouped ? even : promising };
}
