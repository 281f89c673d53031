// Deleting checks, with a way back.
import type { TFunction } from 'i18next';
import type { Generation } from '../../../../electron/contract/api/generations.ts';
import { callEngine } from '../../../state/calls.ts';
import { deleteWithUndo } from '../../../state/delete-with-undo.ts';

export async function deleteChecks(rows: readonly Generation[], t: TFunction): Promise<void> {
  const generationIds = rows.map(({ id }) => id);
  await deleteWithUndo(
    () => callEngine('generations.delete', { generationIds }),
    t('generation.deleted', { count: rows.length }),
  );
}
