// Where a path leads in the end.
import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/**
 * One path for one place, however it is reached: through links, junctions, a drive's second letter, a short name, or another
 * case on systems that ignore it. Only the part of the path that exists is resolved; the rest stays as it is.
 */
export function realPathOf(path: string): string {
  const whole = resolve(path);
  try {
    // Node's own implementation resolves only links
    return realpathSync.native(whole);
  } catch {
    return whole === dirname(whole) ? whole : join(realPathOf(dirname(whole)), basename(whole));
  }
}
