// Deletions with a way back.
import type { TFunction } from 'i18next';
import type { Domain, HeldOutText } from '../../../electron/contract/api/demos.ts';
import { errorToData } from '../../../electron/contract/errors.ts';
import { showToast } from '../../kit/toast.tsx';
import { callEngine } from '../../state/calls.ts';

export async function deleteDemos(demoIds: readonly number[], t: TFunction): Promise<void> {
  if (demoIds.length === 0) return;
  const deed = (): Promise<Undoable> => callEngine('demos.delete', { demoIds: [...demoIds] });
  await deleteWithUndo(deed, t('demos.deleted', { count: demoIds.length }), t);
}

export async function deleteText({ id, name }: HeldOutText, t: TFunction): Promise<void> {
  await deleteWithUndo(() => callEngine('texts.delete', { textId: id }), t('demos.thingDeleted', { name }), t);
}

export async function deleteDomain({ id, name }: Domain, t: TFunction): Promise<void> {
  await deleteWithUndo(() => callEngine('domains.delete', { domainId: id }), t('demos.thingDeleted', { name }), t);
}

type Undoable = { readonly undoId: number };

async function deleteWithUndo(deed: () => Promise<Undoable>, done: string, t: TFunction): Promise<void> {
  const telling = async <T>(work: Promise<T>): Promise<T | null> => {
    try {
      return await work;
    } catch (error) {
      const { code, message } = errorToData(error);
      showToast(`${message} ${t(`errors.${code}.todo`)}`);
      return null;
    }
  };
  const deleted = await telling(deed());
  if (deleted !== null) showToast(done, () => void telling(callEngine('undo', { undoId: deleted.undoId })));
}
