// A user whom permissions and limits bind: root is bound by neither.
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Ground } from './ground.ts';

/** The user "nobody" of Debian and most others. */
const NOBODY = 65534;

/** Put in front of what a shell runs next. */
export const AS_NOBODY = `set -- setpriv --reuid=${NOBODY} --regid=${NOBODY} --clear-groups "$@"`;

export function cannotChangeUser(): string | null {
  if (process.getuid?.() !== 0) return 'only root can become somebody else';
  try {
    execFileSync('setpriv', ['--version'], { stdio: 'ignore' });
    return null;
  } catch {
    return 'setpriv is not installed';
  }
}

/** Lets "nobody" into the ground, whose data folder and folder "own" are that user’s. */
export function openGround({ folder, home }: Ground): string {
  chmodSync(dirname(folder), 0o755);
  chmodSync(folder, 0o755);
  const own = join(folder, 'own');
  for (const place of [home, own]) {
    mkdirSync(place);
    chownSync(place, NOBODY, NOBODY);
  }
  return own;
}
