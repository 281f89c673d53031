// The runner of hostile files sees every kind of defect, and nothing where there is none.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fuzz, type Fuzzed, type FuzzOptions } from '../../hostile/fuzz.ts';

let keep = '';
beforeEach(() => (keep = mkdtempSync(join(tmpdir(), 'winnow-hostile-test-'))));
afterEach(() => rmSync(keep, { recursive: true, force: true }));

/** Inputs 0 to 2, of which 1 has the defect. */
function tryPlanted(target: string, more: Partial<FuzzOptions> = {}): Promise<Fuzzed> {
  const targets = new URL('./planted-targets.ts', import.meta.url).href;
  return fuzz({ target, seed: 1, inputs: [0, 1, 2], seconds: Infinity, keep, targets, ...more });
}

test.each([
  ['crashes', 'crash: SIGABRT', 2],
  ['crashesLater', 'Error: planted', 2],
  ['throws', 'no WinnowError: TypeError: planted', 3],
  ['lies', 'planted', 3],
])('what %s is found, its file kept, and the inputs after it tried', async (target, what, decided) => {
  const { findings, ends } = await tryPlanted(target);
  expect(findings).toEqual([{ index: 1, what: expect.stringContaining(what) as string }]);
  expect([...ends.values()].reduce((sum, n) => sum + n, 0)).toBe(decided);
  expect(readFileSync(join(keep, `${target}-1-1`, 'input'), 'utf8')).toMatch(/^1: \d+$/);
});

test.runIf(process.platform === 'linux')('what hangs is found, and ends with its worker', async () => {
  const { findings } = await tryPlanted('hangs', { hangMs: 2000 });
  expect(findings).toEqual([{ index: 1, what: expect.stringContaining('hang') as string }]);
  const pid = readFileSync(join(keep, 'hangs-1-1', 'pid'), 'utf8');
  // gone, or dead and not yet fetched by the system
  const isRunning = (): boolean =>
    existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  await expect.poll(isRunning, { timeout: 10_000 }).toBe(false);
});

test.runIf(process.platform === 'linux')('what takes too much memory is found, though it gives it back', async () => {
  const { findings } = await tryPlanted('swells', { memoryBytes: 400 << 20 });
  expect(findings).toEqual([{ index: 1, what: expect.stringContaining('memory') as string }]);
});

test('what shows only when all is closed is found', async () => {
  expect((await tryPlanted('leaks')).findings).toEqual([{ index: 2, what: 'planted' }]);
});

test('a target that cannot be opened is no finding: nothing was tried', async () => {
  await expect(tryPlanted('cannotOpen')).rejects.toThrow('the target of cannotOpen:0 cannot be opened');
});

test('a run ends with its time', async () => {
  expect(await tryPlanted('lies', { seconds: 0 })).toEqual({ ends: new Map([['planted: read', 1]]), findings: [] });
});

test('an input is the same whenever it is tried', async () => {
  const input = async (): Promise<string> => {
    await tryPlanted('lies');
    return readFileSync(join(keep, 'lies-1-1', 'input'), 'utf8');
  };
  expect(await input()).toBe(await input());
});
