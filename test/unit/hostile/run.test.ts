// The runner of `npm run hostile` sees every kind of defect, and nothing where there is none.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mutatedInputs, nameOf, type Input } from '../../hostile/inputs.ts';
import { isWell, runHostile, type RunReport } from '../../hostile/run.ts';

let keep = '';
beforeEach(() => (keep = mkdtempSync(join(tmpdir(), 'winnow-hostile-test-'))));
afterEach(() => rmSync(keep, { recursive: true, force: true }));

/** Inputs 0 to 2, of which 1 has the defect. */
function tryPlanted(target: string, seconds = Infinity): Promise<RunReport> {
  const inputs = [0, 1, 2].map((index): Input => ({ target, index }));
  const targets = new URL('./planted-targets.ts', import.meta.url).href;
  return runHostile({ seed: 1, inputs, seconds, lanes: 1, keep, scratch: 'memory', targets });
}

test.each([
  ['crashes', 'crash', 'SIGABRT'],
  ['crashesLater', 'crash', 'Error: planted'],
  ['throws', 'wrong', 'no WinnowError: TypeError: planted'],
  ['lies', 'wrong', 'planted'],
])('what %s is found, its file kept, and the inputs after it tried', async (target, kind, what) => {
  const { findings, inputs } = await tryPlanted(target);
  expect(findings).toEqual([{ input: { target, index: 1 }, kind, what: expect.stringContaining(what) as string }]);
  expect(inputs).toBe(kind === 'crash' ? 2 : 3);
  expect(readFileSync(join(keep, `${target}-1-1`, 'input'), 'utf8')).toMatch(/^1: \d+$/);
});

test('what hangs is found', async () => {
  const { findings } = await tryPlanted('hangs');
  expect(findings.map(({ kind, input }) => `${kind} at ${nameOf(input)}`)).toEqual(['hang at hangs:1']);
});

test.runIf(process.platform === 'linux')('what hangs in a process of its own ends with its worker', async () => {
  const { findings } = await tryPlanted('spins');
  expect(findings.map(({ kind }) => kind)).toEqual(['hang']);
  const pid = readFileSync(join(keep, 'spins-1-1', 'pid'), 'utf8');
  // gone, or dead and not yet fetched by the system
  const isRunning = (): boolean =>
    existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  await expect.poll(isRunning, { timeout: 10_000 }).toBe(false);
});

test.runIf(process.platform === 'linux')('what takes too much memory is found, though it gives it back', async () => {
  const { findings, kinds } = await tryPlanted('swells');
  expect(findings.map(({ kind }) => kind)).toEqual(['memory']);
  expect(kinds.get('planted')?.largest.input).toBe('swells:1');
});

test.runIf(process.platform === 'linux')('what takes too much while it is watched is ended at once', async () => {
  const { findings } = await tryPlanted('swellsWatched');
  expect(findings.map(({ kind }) => kind)).toEqual(['memory']);
});

test('what shows only when all is closed is found', async () => {
  const report = await tryPlanted('leaks');
  expect(report.findings.map(({ kind, what }) => `${kind}: ${what}`)).toEqual(['wrong: planted']);
  expect(isWell(report)).toBe(false);
});

test('a target that cannot be opened is no finding: nothing was tried', async () => {
  await expect(tryPlanted('cannotOpen')).rejects.toThrow('the harness cannot open the target of cannotOpen:0');
});

test('a run ends with its time', async () => {
  const report = await tryPlanted('lies', 0);
  expect(report.inputs).toBe(0);
  // nothing was tried
  expect(isWell(report)).toBe(false);
});

test('an input is the same whenever it is tried', async () => {
  const input = async (): Promise<string> => {
    await tryPlanted('lies');
    return readFileSync(join(keep, 'lies-1-1', 'input'), 'utf8');
  };
  expect(await input()).toBe(await input());
});

test('every target gets its share of a run, from its first input on', () => {
  const tried = [...mutatedInputs(['gguf', 'masks']).take(390)];
  const ofMasks = tried.filter(({ target }) => target === 'masks').map(({ index }) => index);
  expect(ofMasks).toEqual(Array.from({ length: 60 }, (_, i) => i));
  // not one after the other
  expect(new Set(tried.slice(0, 20).map(({ target }) => target)).size).toBe(2);
});
