// Deleting what was measured, with a way back.
import type { TFunction } from 'i18next';
import type { Evaluation } from '../../../electron/contract/api/evaluations.ts';
import { callEngine } from '../../state/calls.ts';
import { deleteWithUndo } from '../../state/delete-with-undo.ts';

export async function deleteMeasurements(rows: readonly Evaluation[], t: TFunction): Promise<void> {
  const evaluationIds = rows.map(({ id }) => id);
  await deleteWithUndo(
    () => callEngine('evaluations.delete', { evaluationIds }),
    t('prove.deleted', { count: rows.length }),
  );
}
