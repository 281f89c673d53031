// Scoring that ends by itself when the choice of experts is stable. Everything that decides this is stored: a run that was
// killed and resumed ends where it would have ended.
import type { ExpertSums } from '../../../contract/criteria.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import { STOP_CONFIDENCE, type Stopped, type StopRequest, type StopRule } from '../../../contract/stop-rule.ts';
import { defaultTokens } from '../../../contract/token-classes.ts';
import { comparedChoice, shapeOf } from '../runs/stored-run.ts';
import { resolveKeep } from '../selection/keep-count.ts';
import { Stability } from '../selection/stability.ts';

/** Fewer demos say too little about how much they differ. */
const LEAST_DEMOS = 8;
/** The choice is checked again when the number of demos has grown by this factor. */
const STEP = 1.05;

/** The window's request: the default choice of experts. */
export function stopRequest({ keep, share }: { readonly keep: number; readonly share: number }): StopRequest {
  return { keep: String(keep), share, criterion: 'easy-ep' };
}

/** @throws WinnowError USAGE, SELECTION_IMPOSSIBLE: not a count that the model can keep */
export function stopRule(
  { keep, criterion, tokens, share }: StopRequest,
  info: Pick<ModelInfo, 'nExpert' | 'moeLayers'>,
): StopRule {
  return {
    keep: resolveKeep(keep, info.nExpert),
    criterion,
    tokens: tokens ?? defaultTokens(info.moeLayers),
    share,
    confidence: STOP_CONFIDENCE,
  };
}

/**
 * The demos in the order of their hashes, which is unrelated to their content: neighbours in a file are often alike. The order is the
 * same however the files are named.
 */
export function inStopOrder<Demo extends { readonly hash: string }>(demos: readonly Demo[]): Demo[] {
  return demos.toSorted((a, b) => (a.hash < b.hash ? -1 : 1));
}

/** Whether the choice is checked with this many scored demos. @param before their number one pack earlier */
export function isLookedAt(scored: number, before: number): boolean {
  const step = (demos: number): number => Math.floor(Math.log(demos) / Math.log(STEP));
  return scored >= LEAST_DEMOS && (before < LEAST_DEMOS || step(scored) > step(before));
}

/** A run's demos, the first of which are scored. */
type GrowingDemos = {
  readonly count: number;
  /** The sums over the tokens that the rule asks for. */
  at(position: number): ExpertSums;
};

/** Decides whether a run's demos are enough. */
export class StableEnd {
  readonly #demos: GrowingDemos;
  readonly #rule: StopRule;
  readonly #stability: Stability;
  /** The results, indexed by the number of demos. */
  readonly #found = new Map<number, number>();

  constructor(demos: GrowingDemos, rule: StopRule, info: ModelInfo, scoredUnder: KeptExperts | null) {
    this.#demos = demos;
    this.#rule = rule;
    this.#stability = new Stability(rule.criterion, shapeOf(info), comparedChoice(info, rule.keep, scoredUnder));
  }

  /**
   * Whether the choice was stable at the last two checks: with many checks, a result that has a chance of one in twenty occurs
   * sooner or later.
   * @param ends the number of demos up to the end of each scored pack
   * @returns null: the run must continue
   * @throws WinnowError STORE; SELECTION_IMPOSSIBLE; the signal's reason
   */
  async reached(ends: readonly number[], signal?: AbortSignal): Promise<Stopped | null> {
    const looks = ends.filter((end, pack) => isLookedAt(end, ends[pack - 1] ?? 0));
    const [before, now] = looks.slice(-2);
    if (before === undefined || now === undefined || now !== ends.at(-1)) return null;
    const shares = [await this.#look(before, signal), await this.#look(now, signal)] as const;
    return shares.every((share) => share <= this.#rule.share) ? { share: shares[1] } : null;
  }

  /** The result after this many demos; checks only move forward. */
  async #look(scored: number, signal: AbortSignal | undefined): Promise<number> {
    const known = this.#found.get(scored);
    if (known !== undefined) return known;
    while (this.#stability.demos < scored) this.#stability.add(this.#demos.at(this.#stability.demos));
    const share = await this.#stability.changing(this.#demos.count - scored, signal);
    this.#found.set(scored, share);
    return share;
  }
}
