// Deletions that can be undone.
import { showToast } from '../kit/toast.tsx';
import { callEngine } from './calls.ts';
import { reportFailure } from './report-failure.ts';

/**
 * Deletes, and reports it with a button that undoes it. Also shows failures.
 * @param done a message such as "3 demos deleted"
 */
export async function deleteWithUndo(remove: () => Promise<{ readonly undoId: number }>, done: string): Promise<void> {
  try {
    const { undoId } = await remove();
    showToast(done, () => void callEngine('undo', { undoId }).catch(reportFailure));
  } catch (error) {
    reportFailure(error);
  }
}
