import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { holdFile, isHeld } from '../../../electron/engine/store/owner.ts';
import { startScript, temporaryHome } from './support.ts';

test.runIf(process.platform === 'win32')(
  'a process holds its file until it is killed, and leaves none behind',
  async () => {
    const script = startScript(new URL('scripts/hold-file.ts', import.meta.url));
    const path = await script.line();
    expect(isHeld(path)).toBe(true);
    await script.kill();
    expect(isHeld(path)).toBe(false);
    expect(existsSync(path)).toBe(false);
  },
);

test('nobody holds a file that is not there', () => {
  expect(isHeld(`${temporaryHome()}/nobody.held`)).toBe(false);
});

test.runIf(process.platform === 'win32')('each hold has a file of its own', () => {
  const folder = temporaryHome();
  const [one, other] = [holdFile(folder), holdFile(folder)];
  expect(one).not.toBe(other);
  expect(dirname(one ?? '')).toBe(folder);
});
