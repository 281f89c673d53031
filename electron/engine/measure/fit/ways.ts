// Decides how experts are chosen: by which criterion, and whether equally many stay in each of the router's groups. What the request leaves
// open is measured, where it matters, with previews of the source model.
import { FAST_CRITERIA } from '../../../contract/criteria.ts';
import type { ChoosingWay, FitResult } from '../../../contract/fit.ts';
import type { Interval } from '../../../contract/interval.ts';
import type { FitRequest } from '../../../contract/requests.ts';
import { countLimits, type Routing } from '../../experts/selection/choose-experts.ts';
import { divergenceOver, meanDivergence, type StageSums } from './judge.ts';
import type { SelectionRequest } from '../../../contract/api/selections.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import { choose, scoresOfRuns, type ChooserTools } from '../../experts/selections/choose.ts';
import { storedChoice } from '../../experts/selections/save-selection.ts';
import type { StoredSelection } from '../../store/selections.ts';

type Asked = Pick<FitRequest, 'criterion' | 'grouping'>;

/** The way that is used unless another is clearly better. */
export function firstWay({ criterion = 'easy-ep', grouping = 'ungrouped' }: Asked): ChoosingWay {
  return { criterion, grouping };
}

type Settling = {
  /** Experts kept per layer in the files for which the way matters; null: all files have all experts. */
  readonly keep: number | null;
  /** Measures a choice of `keep` experts in the domain, always on the same text. */
  readonly measure: (way: ChoosingWay, keep: number) => Promise<StageSums>;
  readonly isTimeUp: () => boolean;
};

/**
 * Settles the groups first, then the criterion. Another way replaces the current one if the interval of the difference in KL divergence
 * says that it is nearer to the source; of several, the one with the smallest divergence.
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
    let best: { way: ChoosingWay; sums: StageSums } = { way, sums };
    for (const change of changes) {
      if (isTimeUp()) break;
      const other = { ...way, ...change };
      const own = await measure(other, keep);
      measured.push({ ...other, kl: meanDivergence(own) });
      const isNearer = isBelow(divergenceOver(own, sums), changes.length);
      if (isNearer && meanDivergence(own) < meanDivergence(best.sums)) best = { way: other, sums: own };
    }
    ({ way, sums } = best);
  }
  return { ...way, measured: { keep, ways: measured } };
}

/** Whether an interval lies below 0. With several comparisons chance favours one more often, so the interval must do so at twice its width. */
function isBelow({ value, high }: Interval, tries: number): boolean {
  return high !== null && value + (tries > 1 ? 2 : 1) * (high - value) < 0;
}

/** Whether both choose the same experts, for any count. */
export function isSameWay(a: ChoosingWay, b: ChoosingWay): boolean {
  return a.criterion === b.criterion && a.grouping === b.grouping;
}

/** Number of choices that are measured in addition to the first way's. @param keep null: all files have all experts */
export function countWays(asked: Asked, routing: Routing, keep: number | null): number {
  return keep === null ? 0 : waysToTry(asked, routing, keep).tries.flat().length;
}

type Tries = { readonly tries: readonly (readonly Partial<ChoosingWay>[])[]; readonly keep: number };

/** The ways to try, grouped by the one setting in which they differ, and the nearest count that all of them can keep. */
function waysToTry({ criterion, grouping }: Asked, routing: Routing, promising: number): Tries {
  const { unit, smallest } = countLimits(routing, 'balanced');
  const even = Math.floor(promising / unit) * unit;
  const isGrouped = grouping === undefined && routing.nExpertGroups > 1 && even >= smallest;
  const { criterion: first } = firstWay({});
  const kept = isGrouped ? even : promising;
  const others = FAST_CRITERIA.filter((one) => one !== first).map((one): Partial<ChoosingWay> => ({ criterion: one }));
  const tries = [isGrouped ? [{ grouping: 'balanced' as const }] : [], criterion === undefined ? others : []];
  return { tries: tries.filter((changes) => changes.length > 0), keep: kept };
}

/** A choice of `keep` experts per layer, by one run's scores. @param runId run with the scores and the demos */
export function choiceRequest(
  { criterion, grouping, superExperts = 'rank' }: ChoosingWay & Pick<FitRequest, 'superExperts'>,
  runId: number,
  keep: number,
): SelectionRequest {
  return {
    runIds: [runId],
    criterion,
    keep: { kind: 'count', count: keep },
    mix: 'shares',
    pins: [],
    drops: [],
    grouping,
    seed: 0,
    superExperts,
  };
}

export class Chooser {
  readonly #requestFor: (way: ChoosingWay, keep: number) => SelectionRequest;
  readonly #tools: ChooserTools;
  readonly #signal: AbortSignal;

  constructor(request: FitRequest, runId: number, tools: ChooserTools, signal: AbortSignal) {
    this.#requestFor = (way, keep) => choiceRequest({ ...request, ...way }, runId, keep);
    this.#tools = tools;
    this.#signal = signal;
  }

  /** Chooses the kept experts. @throws WinnowError SELECTION_IMPOSSIBLE */
  async kept(way: ChoosingWay, keep: number): Promise<KeptExperts> {
    const asked = this.#requestFor(way, keep);
    return (await choose(await scoresOfRuns(asked, this.#tools, this.#signal), asked)).kept;
  }

  /** Stores the choice. */
  stored(way: ChoosingWay, keep: number): Promise<StoredSelection> {
    return storedChoice(this.#requestFor(way, keep), this.#tools, this.#signal);
  }
}
