// What a user may not do, whom permissions bind.
import assert from 'node:assert/strict';
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { AS_NOBODY, cannotChangeUser, openGround } from '../as-nobody.ts';
import type { Attack } from '../attack.ts';
import { expectDone, expectRefused } from '../expect.ts';

export const PERMISSIONS: readonly Attack[] = [
  {
    surfaces: ['command:runs', 'command:inspect', 'command:select', 'command:score', 'file:model', 'result:choice'],
    name: 'places that a user may not read or write',
    promise: 'each is refused by its name; what may be done is done',
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
      const select = ['select', '--scores', scores, '--keep', '0.5', '--json', '-o'];
      expectRefused(await ground.winnow([...select, target], as), ['TARGET_UNWRITABLE'], target);
      assert.ok(!existsSync(target));
      expectDone(await ground.winnow([...select, join(own, 'mask.json')], as));

      chownSync(ground.home, 0, 0);
      expectRefused(await ground.winnow(['runs', '--json'], as), ['TARGET_UNWRITABLE', 'STORE'], ground.home);
    },
  },
];
