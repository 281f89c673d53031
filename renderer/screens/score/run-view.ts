// Which of a run's scores the screen shows, and how to request them before it is rendered.
import type { Settings } from '../../../electron/contract/api/app.ts';
import type { CallParams } from '../../../electron/contract/api.ts';
import type { Run } from '../../../electron/contract/api/runs.ts';
import { askAhead } from '../../state/calls.ts';

/** Returns the scores that a choice will rank by, unless the user says otherwise. */
export function runParams(run: Run): CallParams<'runs.scores'> {
  return { runIds: [run.id], criterion: 'easy-ep', mix: 'shares', seed: 0 };
}

/** Requests the scores of the first picture: the screen itself first waits for the lists of all runs and models. */
export async function askForRunScores(settings: Settings): Promise<void> {
  const [runId] = settings.trail.runIds;
  if (runId === undefined) return;
  const run = await askAhead('runs.get', { runId });
  if (run !== null) await askAhead('runs.scores', runParams(run));
}
