// Links: on Windows a user needs a right to make symbolic ones, but for junctions to folders. Wine has neither.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

function canLink(kind: 'file' | 'junction'): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'winnow-links-'));
  const [target, link] = [join(folder, 'target'), join(folder, 'link')] as const;
  try {
    if (kind === 'file') writeFileSync(target, '');
    else mkdirSync(target);
    symlinkSync(target, link, kind);
    return realpathSync(link) === realpathSync(target);
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const CAN_LINK = canLink('file');
/** Elsewhere than on Windows a junction is a symbolic link. */
export const CAN_JOIN = canLink('junction');
