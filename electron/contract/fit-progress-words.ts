// How far a search for the best file is, in words: its phases as a list, and what is done in the one under way.
import type { JobView } from './api/jobs.ts';
import { FIT_PHASES, type FitPhase, type FitPlan } from './fit.ts';
import type { Voice } from './text/words.ts';

type Step = NonNullable<JobView['step']>;

/** The phase under way; null: it has not begun one. */
export function phaseOf(step: JobView['step']): FitPhase | null {
  return FIT_PHASES.find((phase) => phase === step?.key) ?? null;
}

/** Of files as many as are known to be compared by now. */
export function phaseTitle(phase: FitPhase, plan: Pick<FitPlan, 'files'>, { say }: Voice): string {
  return phase === 'trying'
    ? say('findings.fit.phase.title.trying', { count: plan.files.length })
    : say(`findings.fit.phase.title.${phase}`);
}

/** "step 3 of 5" */
export function phasePlace(phase: FitPhase, { phases }: Pick<FitPlan, 'phases'>, { say }: Voice): string {
  return say('findings.fit.phase.step', { at: phases.indexOf(phase) + 1, all: phases.length });
}

/** "file 2 of 4 · repairing it" */
export function phaseDetail(phase: FitPhase, step: Step, { say }: Voice): string {
  const { done, total, within, foreseen } = step;
  const counted = phase === 'comparing' || phase === 'writing' || total === 0 ? null : phase;
  const known = WITHIN.find((one) => one === within);
  const grown = phase === 'weighing' || phase === 'trying' ? phase : null;
  return [
    ...(counted === null ? [] : [say(`findings.fit.phase.count.${counted}`, { done, total })]),
    ...(known === undefined ? [] : [say(`findings.fit.phase.within.${known}`)]),
    ...(grown === null || foreseen === undefined
      ? []
      : [say(`findings.fit.phase.more.${grown}`, { more: total - foreseen })]),
  ].join(' · ');
}

/** What is told of the work on one file; anything else has no words. */
const WITHIN = [
  'loading',
  'making',
  'recording',
  'repairing',
  'judging',
  'measuring',
  'generating',
  'verifying',
] as const;

/** Where the time left is a forecast, no more of it is said than is known: tens of seconds, minutes, or five of them. */
export function roundedTimeLeft(ms: number): number {
  const minute = 60_000;
  const unit = ms < 1.5 * minute ? minute / 6 : ms < 10 * minute ? minute : ms < 60 * minute ? 5 * minute : 15 * minute;
  return unit * Math.max(1, Math.round(ms / unit));
}
