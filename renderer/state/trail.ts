// The current choices: model ▸ demo set ▸ run ▸ selection ▸ file. They are the whole state of the work, and outlive the window.
import { create } from 'zustand';
import type { CallResult } from '../../electron/contract/api.ts';
import type { Trail } from '../../electron/contract/api/app.ts';
import { callKey, queryClient } from './calls.ts';
import { reportFailure } from './report-failure.ts';
import { changeSettings } from './settings.ts';
import { afterChoice, EMPTY_TRAIL, withOrigin } from './trail-choice.ts';

export const useTrail = create<Trail>()(() => EMPTY_TRAIL);

/** Makes a choice, together with what it was made from, and lets the engine remember it. */
export function choose(choice: Partial<Trail>): void {
  const runs = queryClient.getQueryData<CallResult<'runs.list'>>(callKey('runs.list', {}));
  const domains = queryClient.getQueryData<CallResult<'domains.list'>>(callKey('domains.list', {}));
  const whole = runs && domains ? withOrigin(choice, { runs, domains }) : choice;
  const trail = afterChoice(useTrail.getState(), whole);
  useTrail.setState(trail, true);
  changeSettings({ trail }).catch(reportFailure);
}

/** Restores the trail that the engine remembered. To be called once. */
export function restoreTrail(trail: Trail): void {
  useTrail.setState(trail, true);
}
