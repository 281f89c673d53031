// Deletions that can be taken back while the engine runs.
import { WinnowError } from '../../contract/errors.ts';

/** Older ones are forgotten. */
const REMEMBERED = 50;

type Restore = () => void | Promise<void>;

export class UndoStack {
  readonly #restore = new Map<number, Restore>();
  #nextId = 1;

  /** @param restore brings back what was deleted */
  add(restore: Restore): { undoId: number } {
    const undoId = this.#nextId++;
    this.#restore.set(undoId, restore);
    for (const id of this.#restore.keys()) if (id <= undoId - REMEMBERED) this.#restore.delete(id);
    return { undoId };
  }

  /** @throws WinnowError USAGE when it was undone already, or is too long ago; what restoring throws: it can be tried again */
  async undo(undoId: number): Promise<void> {
    const restore = this.#restore.get(undoId);
    if (!restore) throw new WinnowError('USAGE', 'This can no longer be undone.', { undoId });
    this.#restore.delete(undoId);
    try {
      await restore();
    } catch (error) {
      this.#restore.set(undoId, restore);
      throw error;
    }
  }
}
