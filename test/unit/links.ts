// Symbolic links: on Windows a user needs a right to make them, and on Wine they lead nowhere.
import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

function canLink(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'winnow-links-'));
  try {
    writeFileSync(join(folder, 'file'), '');
    symlinkSync(join(folder, 'file'), join(folder, 'link'));
    return realpathSync(join(folder, 'link')) === realpathSync(join(folder, 'file'));
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const CAN_LINK = canLink();
