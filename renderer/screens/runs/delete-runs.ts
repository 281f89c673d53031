// Deleting runs, with a way back.
import type { TFunction } from 'i18next';
import type { Run } from '../../../electron/contract/api/runs.ts';
import { showToast } from '../../kit/toast.tsx';
import { callEngine } from '../../state/calls.ts';

export async function deleteRuns(runs: readonly Run[], t: TFunction): Promise<void> {
  if (runs.length === 0) return;
  const { undoId } = await callEngine('runs.delete', { runIds: runs.map(({ id }) => id) });
  showToast(t('runs.deleted', { count: runs.length }), () => void callEngine('undo', { undoId }));
}
