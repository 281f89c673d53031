// Estimates how far a search is and how much longer it takes: from the planned times of its phases and the pace of this run so far.
import { FIT_PHASES, type FitPhase } from '../../../contract/fit.ts';
import { sum } from '../../base/statistics/averages.ts';

/** Work done in less than this share of its planned time was stored before, and says nothing about the rest. */
const STORED = 0.1;
/** Weight of the plan against finished work, as a share of the planned time, and its minimum in seconds: less would only reflect worker starts. */
const TRUST_IN_PLAN = 0.03;
const LEAST_TRUST = 5;
/** Weight of all other work against the finished part of a phase, as a share of the phase. */
const TRUST_IN_OTHERS = 0.1;
/** Work done this share of the planned time ago has 1/e of the weight of current work, since the machine may have become busy. */
const MEMORY = 0.25;
/** Lower bound of the pace: nothing is assumed to be faster than this, relative to the plan. */
const LEAST_PACE = 0.5;

/** The reported time follows the estimate within this share of it, so that a single slow stretch does not make it jump. */
const FOLLOWING = 0.05;
const FASTEST_FOLLOWING_MS = 5000;
/** If the estimate exceeds the reported time by no more than this factor, the report stands still until it is right instead of rising. */
const STANDS_BELOW = 1.1;

/** Planned seconds, and the seconds that they took. */
type Done = { readonly planned: number; readonly taken: number };
const NOTHING: Done = { planned: 0, taken: 0 };

export class TimeLeft {
  readonly #now: () => number;
  readonly #seconds: Map<FitPhase, readonly number[]>;
  readonly #plannedSeconds: number;
  #phase: FitPhase = 'scoring';
  #done = NOTHING;
  #doneInPhase = NOTHING;
  /** Index of the current item of the phase; past the last one: nothing is in progress. */
  #at = 0;
  /** For the current item: the share and time from which it is measured, and what it has reached since. */
  #from = 0;
  #sinceMs: number;
  #share = 0;
  #reachedMs: number;
  #told: { readonly leftMs: number; readonly toldMs: number } | null = null;

  /**
   * @param seconds likely seconds of each item of a phase, in order
   * @param now monotonic time in milliseconds
   */
  constructor(seconds: ReadonlyMap<FitPhase, readonly number[]>, now: () => number) {
    this.#seconds = new Map(seconds);
    this.#plannedSeconds = this.#secondsOf(FIT_PHASES);
    this.#now = now;
    this.#sinceMs = this.#reachedMs = now();
  }

  /** Ends the previous phase and begins the next. @param count number of its items; 0: as planned */
  begin(phase: FitPhase, count: number): void {
    this.#end(this.#at + 1);
    this.#phase = phase;
    this.#at = 0;
    this.#doneInPhase = NOTHING;
    this.plan(count);
  }

  /** Sets the number of items in the phase; additional items take the average planned time. @param count 0: as planned */
  plan(count: number): void {
    if (count === 0) return;
    const planned = this.#own;
    const usual = sum(planned) / Math.max(1, planned.length);
    this.#seconds.set(
      this.#phase,
      Array.from({ length: count }, (_, i) => planned[i] ?? usual),
    );
  }

  /** Notes progress. @param at index of the current item of the phase @param share finished share of it */
  reach(at: number, share: number): void {
    if (at > this.#at) this.#end(at);
    if (share <= this.#share) return;
    const nowMs = this.#now();
    this.#share = Math.min(1, share);
    this.#reachedMs = nowMs;
    if (isStored({ planned: this.#planned * (this.#share - this.#from), taken: (nowMs - this.#sinceMs) / 1000 })) {
      [this.#from, this.#sinceMs] = [this.#share, nowMs];
    }
  }

  /** The finished share of the whole, by planned times. */
  get share(): number {
    const earlier = this.#secondsOf(FIT_PHASES.slice(0, FIT_PHASES.indexOf(this.#phase)));
    const reached = earlier + sum(this.#own.slice(0, this.#at)) + this.#planned * this.#share;
    return reached / Math.max(Number.MIN_VALUE, this.#secondsOf(FIT_PHASES));
  }

  /** The time left to report, in milliseconds; null: nothing planned is left. */
  told(): number | null {
    const nowMs = this.#now();
    const knownMs = this.#knownMs(nowMs);
    if (this.#told === null) {
      this.#told = { leftMs: knownMs, toldMs: nowMs };
    } else {
      const { leftMs: beforeMs, toldMs } = this.#told;
      const passedMs = nowMs - toldMs;
      const pull = 1 - Math.exp(-passedMs / Math.max(FASTEST_FOLLOWING_MS, FOLLOWING * beforeMs));
      const movedMs = beforeMs - passedMs + (knownMs - beforeMs + passedMs) * pull;
      const leftMs = knownMs <= STANDS_BELOW * beforeMs ? Math.min(beforeMs, movedMs) : movedMs;
      this.#told = { leftMs: Math.max(0, leftMs), toldMs: nowMs };
    }
    return this.#told.leftMs > 0 ? this.#told.leftMs : null;
  }

  get #own(): readonly number[] {
    return this.#seconds.get(this.#phase) ?? [];
  }

  /** Planned seconds of the current item; 0: there is none. */
  get #planned(): number {
    return this.#own[this.#at] ?? 0;
  }

  #secondsOf(phases: readonly FitPhase[]): number {
    return phases.reduce((all, phase) => all + sum(this.#seconds.get(phase) ?? []), 0);
  }

  /** Ends the current item and all items before `at`. */
  #end(at: number): void {
    const nowMs = this.#now();
    const ended = sum(this.#own.slice(this.#at, at));
    const one = { planned: ended - this.#planned * this.#from, taken: (nowMs - this.#sinceMs) / 1000 };
    if (ended > 0 && !isStored(one)) {
      const kept = Math.exp(-one.planned / (MEMORY * this.#plannedSeconds));
      this.#done = both(this.#done, one, kept);
      this.#doneInPhase = both(this.#doneInPhase, one, kept);
    }
    [this.#at, this.#from, this.#share] = [at, 0, 0];
    this.#sinceMs = this.#reachedMs = nowMs;
  }

  /** The estimate in milliseconds. The current item is assumed to go on at the pace so far; if it takes longer, so does all that is left. */
  #knownMs(nowMs: number): number {
    const underWay = (share: number, untilMs: number): Done => {
      return { planned: this.#planned * (share - this.#from), taken: (untilMs - this.#sinceMs) / 1000 };
    };
    const trust = Math.max(LEAST_TRUST, TRUST_IN_PLAN * this.#plannedSeconds);
    const paceOfAll = (now: Done): number => pace(both(this.#done, now), 1, trust);
    const paceThen = paceOfAll(underWay(this.#share, this.#reachedMs));
    const gone = (nowMs - this.#reachedMs) / 1000 / paceThen / Math.max(Number.MIN_VALUE, this.#planned);
    const share = Math.min(1, this.#share + gone);
    const now = this.#planned > 0 ? underWay(share, nowMs) : NOTHING;
    const usual = paceOfAll(now);
    const here = pace(both(this.#doneInPhase, now), usual, TRUST_IN_OTHERS * sum(this.#own));
    const rest = sum(this.#own.slice(this.#at)) - this.#planned * share;
    const later = this.#secondsOf(FIT_PHASES.slice(FIT_PHASES.indexOf(this.#phase) + 1));
    return 1000 * (rest * here + later * usual);
  }
}

function isStored({ planned, taken }: Done): boolean {
  return taken < STORED * planned;
}

/** Adds work. @param kept weight of the first */
function both(first: Done, second: Done, kept = 1): Done {
  return { planned: kept * first.planned + second.planned, taken: kept * first.taken + second.taken };
}

/** Seconds per planned second. @param usual pace without any finished work; it has the weight of `trust` planned seconds */
function pace({ planned, taken }: Done, usual: number, trust: number): number {
  if (planned + trust <= 0) return usual;
  return Math.max(LEAST_PACE, (taken + trust * usual) / (planned + trust));
}
