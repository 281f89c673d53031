// How far a search is and how much longer it takes: what its phases were planned to take, as much slower as this run has been so far.
import { FIT_PHASES, type FitPhase } from '../../../contract/fit.ts';

/** What is reached in less than this share of its planned time was stored before, and says nothing of the rest. */
const STORED = 0.1;
/** Share of the planned time that the plan counts for beside what was done, and the least of it in seconds: of fewer the start of a worker tells. */
const TRUST_IN_PLAN = 0.03;
const LEAST_TRUST = 5;
/** Share of a phase that all other work counts for beside what was done of it. */
const TRUST_IN_OTHERS = 0.1;
/** What was done so much of the planned time ago counts for 1/e of what was done just now: the machine may have become busy since. */
const MEMORY = 0.25;
/** Nothing is taken to be this much faster than planned. */
const LEAST_PACE = 0.5;

/** What is told moves towards what is known now within this share of it, so that one slow stretch does not toss it about. */
const FOLLOWING = 0.05;
const FASTEST_FOLLOWING_MS = 5000;
/** Where no more than so much more is left than was told, what is told stands still until it is right: a time left must not go up and down. */
const STANDS_BELOW = 1.1;

/** Planned seconds, and those that they took. */
type Done = { readonly planned: number; readonly taken: number };
const NOTHING: Done = { planned: 0, taken: 0 };

export class TimeLeft {
  readonly #now: () => number;
  readonly #seconds: Map<FitPhase, readonly number[]>;
  readonly #plannedSeconds: number;
  #phase: FitPhase = 'scoring';
  #done = NOTHING;
  #doneInPhase = NOTHING;
  /** Index of what is under way in the phase; beyond its last one, nothing is. */
  #at = 0;
  /** Of that: from which share on, since when, and what it has reached since. */
  #from = 0;
  #sinceMs: number;
  #share = 0;
  #reachedMs: number;
  #told: { readonly leftMs: number; readonly toldMs: number } | null = null;

  /**
   * @param seconds of each thing that a phase does, in their order: likely ones
   * @param now milliseconds, which only ever grow
   */
  constructor(seconds: ReadonlyMap<FitPhase, readonly number[]>, now: () => number) {
    this.#seconds = new Map(seconds);
    this.#plannedSeconds = this.#secondsOf(FIT_PHASES);
    this.#now = now;
    this.#sinceMs = this.#reachedMs = now();
  }

  /** The phase before has ended. @param count of what it does; 0: as planned */
  begin(phase: FitPhase, count: number): void {
    this.#end(this.#at + 1);
    this.#phase = phase;
    this.#at = 0;
    this.#doneInPhase = NOTHING;
    this.plan(count);
  }

  /** So much is to be done in the phase: as was planned, and what is more as that is on average. @param count 0: as planned */
  plan(count: number): void {
    if (count === 0) return;
    const planned = this.#own;
    const usual = sum(planned) / Math.max(1, planned.length);
    this.#seconds.set(
      this.#phase,
      Array.from({ length: count }, (_, i) => planned[i] ?? usual),
    );
  }

  /** @param at index of what is under way in the phase @param share of it */
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

  /** Of the whole, by what was planned. */
  get share(): number {
    const earlier = this.#secondsOf(FIT_PHASES.slice(0, FIT_PHASES.indexOf(this.#phase)));
    const reached = earlier + sum(this.#own.slice(0, this.#at)) + this.#planned * this.#share;
    return reached / Math.max(Number.MIN_VALUE, this.#secondsOf(FIT_PHASES));
  }

  /** Milliseconds, as they are to be told; null: nothing is left that was planned. */
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

  /** Seconds of what is under way; 0: nothing is. */
  get #planned(): number {
    return this.#own[this.#at] ?? 0;
  }

  #secondsOf(phases: readonly FitPhase[]): number {
    return phases.reduce((all, phase) => all + sum(this.#seconds.get(phase) ?? []), 0);
  }

  /** What is under way has ended, and what lies before `at`. */
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

  /** What is under way goes on as fast as all so far; where it takes longer than that, all that is left does. */
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

/** @param kept of the first one */
function both(first: Done, second: Done, kept = 1): Done {
  return { planned: kept * first.planned + second.planned, taken: kept * first.taken + second.taken };
}

/** Seconds that a planned one takes. @param usual where nothing was done, which counts for `trust` planned seconds */
function pace({ planned, taken }: Done, usual: number, trust: number): number {
  if (planned + trust <= 0) return usual;
  return Math.max(LEAST_PACE, (taken + trust * usual) / (planned + trust));
}

function sum(values: readonly number[]): number {
  return values.reduce((all, one) => all + one, 0);
}
