import { expect, test } from 'vitest';
import { currentOwner, isOwnerAlive, processExists } from '../../../electron/engine/store/owner.ts';
import { startProgram, startScript, temporaryHome } from './support.ts';

test('this process lives, an earlier one with its number does not', () => {
  const self = currentOwner();
  expect(self.pid).toBe(process.pid);
  expect(self.start).not.toBe('');
  expect(currentOwner()).toEqual(self);
  expect(isOwnerAlive(self)).toBe(true);
  expect(isOwnerAlive({ ...self, start: 'earlier' })).toBe(false);
});

test('another process lives until it has ended', async () => {
  const script = startScript(new URL('scripts/open-store.ts', import.meta.url), temporaryHome());
  await script.line();
  const owner = { pid: script.process.pid!, start: '' };
  expect(isOwnerAlive(owner)).toBe(true);
  await script.kill();
  expect(isOwnerAlive(owner)).toBe(false);
});

test.runIf(process.platform === 'linux')('a process that only waits for its parent to notice has ended', async () => {
  // The shell turns into a program that never asks after the child that the shell has started.
  const parent = startProgram('/bin/sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 60']);
  const pid = Number(await parent.line());
  await expect.poll(() => isOwnerAlive({ pid, start: '' })).toBe(false);
  expect(processExists(pid)).toBe(false);
  // Its number is still taken.
  expect(() => process.kill(pid, 0)).not.toThrow();
});
