// What a user may not do, whom permissions bind.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Attack } from '../attack.ts';
import { expectDone, expectRefused } from '../expect.ts';
import type { Ground } from '../ground.ts';

/** Of Debian and most others: "nobody". */
const NOBODY = 65534;

/** Permissions do not bind root; others are bound as they are. */
const AS_NOBODY = `set -- setpriv --reuid=${NOBODY} --regid=${NOBODY} --clear-groups "$@"`;

function cannotChangeUser(): string | null {
  if (process.getuid?.() !== 0) return 'only root can become somebody else';
  try {
    execFileSync('setpriv', ['--version'], { stdio: 'ignore' });
    return null;
  } catch {
    return 'setpriv is not installed';
  }
}

/** Lets "nobody" into the ground, whose data folder and folder "own" are that user’s. */
function openGround({ folder, home }: Ground): string {
  chmodSync(dirname(folder), 0o755);
  chmodSync(folder, 0o755);
  const own = join(folder, 'own');
  for (const place of [home, own]) {
    mkdirSync(place);
    chownSync(place, NOBODY, NOBODY);
  }
  return own;
}

export const PERMISSIONS: readonly Attack[] = [
  {
    surfaces: ['command:runs', 'command:inspect', 'command:select', 'command:score', 'file:model', 'result:mask'],
    name: 'places that a user may not read or write',
    promise: 'each is refused by its name; what may be done is done',
    quick: false,
    missing: cannotChangeUser,
    async run(ground) {
      const own = openGround(ground);
      const as = { limits: AS_NOBODY };
      const scores = join(own, 'scores.json');
      const demos = ['--demos', ground.demos('math'), '--limit', '1', '--gpu', 'off', '--json'];
      expectDone(await ground.winnow(['score', ground.model, ...demos, '--out', scores], as));

      const secret = join(ground.folder, 'secret.gguf');
      copyFileSync(ground.model, secret);
      chmodSync(secret, 0o600);
      expectRefused(await ground.winnow(['inspect', secret, '--json'], as), ['FILE_UNREADABLE'], secret);

      const readOnly = join(ground.folder, 'read-only');
      mkdirSync(readOnly);
      const target = join(readOnly, 'mask.json');
      const select = ['select', '--scores', scores, '--keep', '0.5', '--json', '--mask-out'];
      expectRefused(await ground.winnow([...select, target], as), ['TARGET_UNWRITABLE'], target);
      assert.ok(!existsSync(target));
      expectDone(await ground.winnow([...select, join(own, 'mask.json')], as));

      chownSync(ground.home, 0, 0);
      expectRefused(await ground.winnow(['runs', '--json'], as), ['TARGET_UNWRITABLE', 'STORE'], ground.home);
    },
  },
];
