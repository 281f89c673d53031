// Deletions that can be undone while the engine runs.
import { WinnowError } from '../../../contract/errors.ts';
import { msg } from '../../../contract/sentences.ts';

const REMEMBERED = 50;

type Deletion = { readonly restore: () => void | Promise<void>; readonly forget: () => void };

export class UndoStack {
  readonly #deletions = new Map<number, Deletion>();
  #nextId = 1;

  /**
   * Remembers a deletion.
   * @param restore restores what was deleted
   * @param forget removes what was kept for that, once it can no longer be undone
   */
  add(restore: Deletion['restore'], forget: Deletion['forget'] = () => {}): { undoId: number } {
    const undoId = this.#nextId++;
    this.#deletions.set(undoId, { restore, forget });
    for (const [id, old] of this.#deletions) {
      if (id > undoId - REMEMBERED) continue;
      this.#deletions.delete(id);
      old.forget();
    }
    return { undoId };
  }

  /**
   * Announces a deletion, and announces again when it is undone.
   * @param restore restores what was deleted
   */
  deleted(tell: () => void, restore: Deletion['restore']): { undoId: number } {
    tell();
    return this.add(async () => {
      await restore();
      tell();
    });
  }

  /** Undoes a deletion. @throws WinnowError USAGE: it was already undone, or is too old; errors from restoring, after which it can be tried again */
  async undo(undoId: number): Promise<void> {
    const deletion = this.#deletions.get(undoId);
    if (!deletion) throw new WinnowError('USAGE', msg('cannotBeUndone'), { undoId });
    this.#deletions.delete(undoId);
    try {
      await deletion.restore();
    } catch (error) {
      this.#deletions.set(undoId, deletion);
      throw error;
    }
  }
}
