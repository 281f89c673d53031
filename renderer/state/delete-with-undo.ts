// Deletions with a way back.
import { showToast } from '../kit/toast.tsx';
import { callEngine } from './calls.ts';
import { reportFailure } from './report-failure.ts';

/**
 * Deletes, and says so with a button that undoes it. Failures are shown too.
 * @param done "3 demos deleted"
 */
export async function deleteWithUndo(remove: () => Promise<{ readonly undoId: number }>, done: string): Promise<void> {
  try {
    const { undoId } = await remove();
    showToast(done, () => void callEngine('undo', { undoId }).catch(reportFailure));
  } catch (error) {
    reportFailure(error);
  }
}
