// Deleting runs, with a way back.
import type { TFunction } from 'i18next';
import type { Run } from '../../../electron/contract/api/runs.ts';
import { callEngine } from '../../state/calls.ts';
import { deleteWithUndo } from '../../state/delete-with-undo.ts';

export async function deleteRuns(runs: readonly Run[], t: TFunction): Promise<void> {
  if (runs.length === 0) return;
  const runIds = runs.map(({ id }) => id);
  await deleteWithUndo(() => callEngine('runs.delete', { runIds }), t('runs.deleted', { count: runs.length }));
}
