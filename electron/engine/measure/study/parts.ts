// Reports progress of work with several parts of different size.
import type { Task } from '../../store/task.ts';

type Progress = Pick<Task, 'progress'>;

/**
 * Splits a task into parts.
 * @param sizes sizes of the parts, in any common unit
 * @returns a task for each part; their progress becomes permille of the whole
 */
export function partsOf<T extends Progress>(task: T, sizes: readonly number[]): T[] {
  const whole = sizes.reduce((sum, size) => sum + size, 0);
  let before = 0;
  return sizes.map((size) => {
    const start = before;
    before += size;
    const progress = (done: number, total: number): void => {
      const share = total === 0 ? 0 : done / total;
      task.progress(Math.round((1000 * (start + share * size)) / whole), 1000, 'permille');
    };
    return { ...task, progress };
  });
}
