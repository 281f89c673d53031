// Deletes measurements or checks in a way that can be undone.
import type { TFunction } from 'i18next';
import { callEngine } from '../../../state/calls.ts';
import { deleteWithUndo } from '../../../state/delete-with-undo.ts';

type Rows = readonly { readonly id: number }[];

export async function deleteEvaluations(rows: Rows, t: TFunction): Promise<void> {
  const evaluationIds = rows.map(({ id }) => id);
  await deleteWithUndo(
    () => callEngine('evaluations.delete', { evaluationIds }),
    t('prove.deleted', { count: rows.length }),
  );
}

export async function deleteGenerations(rows: Rows, t: TFunction): Promise<void> {
  const generationIds = rows.map(({ id }) => id);
  await deleteWithUndo(
    () => callEngine('generations.delete', { generationIds }),
    t('generation.deleted', { count: rows.length }),
  );
}
