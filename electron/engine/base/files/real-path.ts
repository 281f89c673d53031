// Where a path leads in the end.
import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/**
 * One text for one place, whatever leads there: links, junctions, a drive's second letter, a short name, another case where
 * that is no difference. Of as much of the path as is there; the rest stays as it is.
 */
export function realPathOf(path: string): string {
  const whole = resolve(path);
  try {
    // Node's own way knows links alone
    return realpathSync.native(whole);
  } catch {
    return whole === dirname(whole) ? whole : join(realPathOf(dirname(whole)), basename(whole));
  }
}
