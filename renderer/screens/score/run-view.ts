// Which of a run's scores the screen shows, and asking for them before it is drawn.
import { z } from 'zod';
import type { Settings } from '../../../electron/contract/api/app.ts';
import type { CallParams } from '../../../electron/contract/api.ts';
import type { Run } from '../../../electron/contract/api/runs.ts';
import { CRITERIA, type Criterion } from '../../../electron/contract/criteria.ts';
import { usualTokens } from '../../../electron/contract/token-classes.ts';
import { askAhead } from '../../state/calls.ts';
import { viewState } from '../../state/view-state.ts';

/** What is remembered of the view: parameters of `useViewState`. */
export const CRITERION_VIEW = ['score.criterion', z.enum(CRITERIA), 'easy-ep'] as const;
export const TAB_VIEW = ['score.tab', z.enum(['experts', 'tokens']), 'experts'] as const;

/** As a choice will rank by them, unless the user says otherwise. */
export function scoresOf(
  run: Pick<Run, 'id' | 'moeLayers' | 'tokenClasses'>,
  criterion: Criterion,
): CallParams<'runs.scores'> {
  return { runIds: [run.id], criterion, mix: 'shares', seed: 0, tokens: usualTokens([run]) };
}

/** Asks for the first picture's scores: the screen itself waits for the lists of all runs and models. */
export async function askForRunScores(settings: Settings): Promise<void> {
  const [runId] = settings.trail.runIds;
  if (runId === undefined || viewState(settings, ...TAB_VIEW) !== 'experts') return;
  const run = await askAhead('runs.get', { runId });
  if (run !== null) await askAhead('runs.scores', scoresOf(run, viewState(settings, ...CRITERION_VIEW)));
}
