// Deletions that can be undone.
import type { TFunction } from 'i18next';
import type { Domain, HeldOutText } from '../../../electron/contract/api/demos.ts';
import { callEngine } from '../../state/calls.ts';
import { deleteWithUndo } from '../../state/delete-with-undo.ts';

export async function deleteDemos(demoIds: readonly number[], t: TFunction): Promise<void> {
  if (demoIds.length === 0) return;
  const remove = (): Promise<{ readonly undoId: number }> => callEngine('demos.delete', { demoIds: [...demoIds] });
  await deleteWithUndo(remove, t('demos.deleted', { count: demoIds.length }));
}

export async function deleteText({ id, name }: HeldOutText, t: TFunction): Promise<void> {
  await deleteWithUndo(() => callEngine('texts.delete', { textId: id }), t('demos.thingDeleted', { name }));
}

export async function deleteDomain({ id, name }: Domain, t: TFunction): Promise<void> {
  await deleteWithUndo(() => callEngine('domains.delete', { domainId: id }), t('demos.thingDeleted', { name }));
}
