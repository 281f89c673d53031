// The progress of a search for the best file, in words: a list of its phases, and what is being done in the current one.
import type { JobView } from './api/jobs.ts';
import { FIT_PHASES, type FitPhase, type FitPlan } from './fit.ts';
import type { Locale } from './text/i18n.ts';

type Step = NonNullable<JobView['step']>;

/** Returns the current phase; null: no phase has begun. */
export function phaseOf(step: JobView['step']): FitPhase | null {
  return FIT_PHASES.find((phase) => phase === step?.key) ?? null;
}

/** Returns the title of a phase, with the number of files known to be compared so far. */
export function phaseTitle(phase: FitPhase, plan: { readonly files: FitPlan['files'] }, { t }: Locale): string {
  return phase === 'trying'
    ? t('findings.fit.phase.title.trying', { count: plan.files.length })
    : t(`findings.fit.phase.title.${phase}`);
}

/** Returns the place of a phase, such as "step 3 of 5". */
export function phasePlace(phase: FitPhase, { phases }: { readonly phases: FitPlan['phases'] }, { t }: Locale): string {
  return t('findings.fit.phase.step', { at: phases.indexOf(phase) + 1, all: phases.length });
}

/** Returns what is being done in a phase, such as "file 2 of 4 · repairing it". */
export function phaseDetail(phase: FitPhase, step: Step, { t }: Locale): string {
  const { done, total, within, foreseen } = step;
  const counted = phase === 'comparing' || phase === 'writing' || total === 0 ? null : phase;
  const known = WITHIN.find((one) => one === within);
  const grown = phase === 'weighing' || phase === 'trying' ? phase : null;
  return [
    ...(counted === null ? [] : [t(`findings.fit.phase.count.${counted}`, { done, total })]),
    ...(known === undefined ? [] : [t(`findings.fit.phase.within.${known}`)]),
    ...(grown === null || foreseen === undefined
      ? []
      : [t(`findings.fit.phase.more.${grown}`, { more: total - foreseen })]),
  ].join(' · ');
}

/** The parts of the work on a file that have words; other parts have none. */
const WITHIN = ['loading', 'making', 'recording', 'repairing', 'judging', 'measuring', 'verifying'] as const;

/** Rounds a forecast of the remaining time to a unit that claims no more than is known: from ten seconds to 15 minutes. */
export function roundedTimeLeft(ms: number): number {
  const minute = 60_000;
  const unit = ms < 1.5 * minute ? minute / 6 : ms < 10 * minute ? minute : ms < 60 * minute ? 5 * minute : 15 * minute;
  return unit * Math.max(1, Math.round(ms / unit));
}
