// Scoring that ends by itself when the choice that it leads to is stable. All that it goes by is stored: a run that was
// killed and goes on ends where it would have ended.
import type { ExpertSums } from '../../../contract/criteria.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import { STOP_CONFIDENCE, type Stopped, type StopRequest, type StopRule } from '../../../contract/stop-rule.ts';
import { defaultTokens } from '../../../contract/token-classes.ts';
import { comparedChoice, shapeOf } from '../runs/stored-run.ts';
import { resolveKeep } from '../selection/keep-count.ts';
import { Stability } from '../selection/stability.ts';

/** Fewer demos say too little of how they differ. */
const LEAST_DEMOS = 8;
/** The choice is looked at again when there are so many times the demos. */
const STEP = 1.05;

/** What the window asks for: the choice that it makes unless told otherwise. */
export function stopRequest({ keep, share }: { readonly keep: number; readonly share: number }): StopRequest {
  return { keep: String(keep), share, criterion: 'easy-ep' };
}

/** @throws WinnowError USAGE, SELECTION_IMPOSSIBLE: no count that the model can keep */
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
 * Demos in an order that says nothing of them, as neighbours in a file are often alike: that of their hashes. It is the same
 * however the files are named.
 */
export function inStopOrder<Demo extends { readonly hash: string }>(demos: readonly Demo[]): Demo[] {
  return demos.toSorted((a, b) => (a.hash < b.hash ? -1 : 1));
}

/** Whether the choice is looked at, now that so many demos are scored. @param before how many were, a pack earlier */
export function isLookedAt(scored: number, before: number): boolean {
  const step = (demos: number): number => Math.floor(Math.log(demos) / Math.log(STEP));
  return scored >= LEAST_DEMOS && (before < LEAST_DEMOS || step(scored) > step(before));
}

/** A run's demos, of which the first ones are scored. */
type GrowingDemos = {
  readonly count: number;
  /** The sums of the tokens that the rule asks for. */
  at(position: number): ExpertSums;
};

/** Tells whether a run's demos are enough. */
export class StableEnd {
  readonly #demos: GrowingDemos;
  readonly #rule: StopRule;
  readonly #stability: Stability;
  /** What was found after so many demos. */
  readonly #found = new Map<number, number>();

  constructor(demos: GrowingDemos, rule: StopRule, info: ModelInfo, scoredUnder: KeptExperts | null) {
    this.#demos = demos;
    this.#rule = rule;
    this.#stability = new Stability(rule.criterion, shapeOf(info), comparedChoice(info, rule.keep, scoredUnder));
  }

  /**
   * Whether the choice was stable at the last two looks: who looks often finds by chance, sooner or later, what holds once
   * in twenty times.
   * @param ends demos up to the end of each pack that is scored
   * @returns null: the run has to go on
   * @throws WinnowError STORE; SELECTION_IMPOSSIBLE; the signal's reason
   */
  async reached(ends: readonly number[], signal?: AbortSignal): Promise<Stopped | null> {
    const looks = ends.filter((end, pack) => isLookedAt(end, ends[pack - 1] ?? 0));
    const [before, now] = looks.slice(-2);
    if (before === undefined || now === undefined || now !== ends.at(-1)) return null;
    const shares = [await this.#look(before, signal), await this.#look(now, signal)] as const;
    return shares.every((share) => share <= this.#rule.share) ? { share: shares[1] } : null;
  }

  /** After the first so many demos; looks go forward. */
  async #look(scored: number, signal: AbortSignal | undefined): Promise<number> {
    const known = this.#found.get(scored);
    if (known !== undefined) return known;
    while (this.#stability.demos < scored) this.#stability.add(this.#demos.at(this.#stability.demos));
    const share = await this.#stability.changing(this.#demos.count - scored, signal);
    this.#found.set(scored, share);
    return share;
  }
}
