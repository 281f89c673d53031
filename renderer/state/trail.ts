// What is chosen now: model ▸ demo set ▸ run ▸ selection ▸ file. It is the whole state of the work, and outlives the window.
import { create } from 'zustand';
import type { Trail } from '../../electron/contract/api/app.ts';
import { reportFailure } from './report-failure.ts';
import { changeSettings } from './settings.ts';
import { afterChoice, EMPTY_TRAIL } from './trail-choice.ts';

export const useTrail = create<Trail>()(() => EMPTY_TRAIL);

/** Chooses, and lets the engine remember it. */
export function choose(choice: Partial<Trail>): void {
  const trail = afterChoice(useTrail.getState(), choice);
  useTrail.setState(trail, true);
  changeSettings({ trail }).catch(reportFailure);
}

/** Once, with what the engine remembered. */
export function restoreTrail(trail: Trail): void {
  useTrail.setState(trail, true);
}
