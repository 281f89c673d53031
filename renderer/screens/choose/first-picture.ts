// Requests what the screen will show before it is rendered: the screen itself first waits for the lists of all runs and selections.
import type { Settings } from '../../../electron/contract/api/app.ts';
import { askAhead } from '../../state/calls.ts';
import { freshDraft, scoreParams, type Draft } from './draft.ts';

/** Requests the scores of the current choice, or of the first choice from the trail's run, and which experts it keeps. */
export async function askForChoice({ trail }: Settings): Promise<void> {
  const draft = await (trail.selectionId === null ? firstDraft(trail.runIds) : storedDraft(trail.selectionId));
  if (draft === null) return;
  await askAhead('runs.scores', scoreParams(draft));
  await askAhead('selections.compute', { request: draft });
}

async function storedDraft(selectionId: number): Promise<Draft | null> {
  return (await askAhead('selections.get', { selectionId }))?.request ?? null;
}

async function firstDraft([runId, ...others]: readonly number[]): Promise<Draft | null> {
  if (runId === undefined || others.length > 0) return null;
  const run = await askAhead('runs.get', { runId });
  return run === null ? null : freshDraft([run], null);
}
