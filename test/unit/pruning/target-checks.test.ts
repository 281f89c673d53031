// What stands in the way of an export's name.
import { linkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkName } from '../../../electron/engine/write/pruning/target-checks.ts';
import { temporaryHome } from '../store/support.ts';

test('a file that exists, and a name that leads to a source', async () => {
  const home = temporaryHome();
  const [sourcePath, path] = [join(home, 'source'), join(home, 'out')];
  writeFileSync(sourcePath, '');
  const tensor = { name: 't', type: 'i8', ne: [1], bytes: 1, sourcePath, ranges: [{ offset: 0, length: 1 }] };
  const file = { path, keysFrom: null, remove: [], set: [], alignment: 32, tensors: [tensor] };
  await checkName(file, false);
  writeFileSync(path, '');
  await expect(checkName(file, false)).rejects.toMatchObject({ code: 'TARGET_EXISTS', details: { path } });
  await checkName(file, true);
  rmSync(path);
  linkSync(sourcePath, path);
  await expect(checkName(file, true)).rejects.toMatchObject({ code: 'USAGE', details: { path } });
});
