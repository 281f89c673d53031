// A repair that is killed, cancelled, short of room on a disk, or of memory: the file is whole at any time, what is fitted is not fitted
// again, and what comes of it has the same bytes.
import { existsSync, readdirSync, readFileSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { choiceTextFor } from '../choice-for.ts';
import type { PruneRequest } from '../../electron/contract/requests.ts';
import { Engine, type Hooks } from '../engine.ts';
import { fileHash } from '../hash.ts';
import { childrenOf, isRunning, startCommandLine, until, type StartedCommand } from './processes.ts';
import { smallDisk } from './small-disk.ts';
import { commandLineHere, CPU, ROOT, SAMPLE, scratchDir, PRUNE_OPTIONS } from './support.ts';

const MIB = 2 ** 20;
const BLOCKS = 6;
/** Alone: many small graphs that wait for each other are slow on cores that others use. */
const ONE_THREAD = { ...CPU, threads: 1 };
const DEMOS = join(ROOT, 'resources/sample/demos/math.jsonl');
const LIMIT = 16;
const scratch = scratchDir();
const kept = Array.from({ length: BLOCKS }, (_, layer) => Array.from({ length: 8 }, (__, i) => i * 4 + (layer % 4)));

const request = (output: string): PruneRequest => ({
  model: SAMPLE,
  kept,
  output,
  ...PRUNE_OPTIONS,
  overwrite: true,
});
const repair = { demos: { kind: 'files' as const, files: [DEMOS] }, limit: LIMIT, placement: ONE_THREAD };

const engines: Engine[] = [];
function engineIn(home: string): Engine {
  const engine = new Engine({ home });
  engines.push(engine);
  return engine;
}
afterAll(() => Promise.all(engines.map((engine) => engine.close())));

const engine = engineIn(join(scratch, 'home'));
const scratchFolders = (home: string): string[] => readdirSync(join(home, 'repairs'));
const filesIn = (home: string, kind: 'teacher' | 'file'): string[] =>
  scratchFolders(home)
    .filter((name) => name.startsWith(`${kind}-`))
    .flatMap((name) => readdirSync(join(home, 'repairs', name)));
const fittedIn = (home: string): string[] => filesIn(home, 'file').filter((name) => /^down-\d$/.test(name));

let plain: string;
let repaired: string;
beforeAll(async () => {
  const [without, whole] = [join(scratch, 'plain.gguf'), join(scratch, 'whole.gguf')];
  await engine.prune(request(without));
  const { repair: report } = await engine.prune({ ...request(whole), repair });
  expect(report?.leftOut).toBeNull();
  [plain, repaired] = [fileHash(without), fileHash(whole)];
});

describe('killed', () => {
  const started: StartedCommand[] = [];
  afterEach(() => {
    for (const { pid, kill } of started.splice(0)) if (isRunning(pid)) kill('SIGKILL', 'group');
  });

  test('with its worker while blocks are fitted: the file is whole, and the same again goes on to the same bytes', async () => {
    const home = join(scratch, 'killed-home');
    const output = join(scratch, 'killed.gguf');
    const mask = join(scratch, 'mask.json');
    writeFileSync(mask, await choiceTextFor(SAMPLE, kept));
    const demos = join(scratch, 'few.jsonl');
    writeFileSync(demos, readFileSync(DEMOS, 'utf8').split('\n').slice(0, LIMIT).join('\n'));
    const prune = (to: string) => ['prune', SAMPLE, '--choice', mask, '-o', to, '--force'];
    const how = ['--repair', demos, '--gpu', 'off', '--threads', '1'];
    const args = [...prune(output), ...how];
    const reference = commandLineHere(join(scratch, 'reference-home'));
    const hashOf = async (...more: string[]): Promise<string> => {
      const to = join(scratch, 'reference.gguf');
      expect((await reference.call(...prune(to), ...more)).code).toBe(0);
      return fileHash(to);
    };
    const [wholePlain, wholeRepaired] = [await hashOf(), await hashOf(...how)];
    expect(wholeRepaired).not.toBe(wholePlain);

    const command = startCommandLine(home, args);
    started.push(command);
    await until(
      'two blocks are fitted',
      () => existsSync(join(home, 'repairs')) && fittedIn(home).length >= 2,
      120_000,
    );
    const workers = childrenOf(command.pid);
    command.kill('SIGKILL', 'group');
    await command.finished;
    await until('the workers are gone', () => !workers.some(isRunning));
    expect(fileHash(output)).toBe(wholePlain);
    const [folder] = scratchFolders(home).filter((name) => name.startsWith('file-'));
    const first = join(home, 'repairs', folder!, 'down-0');
    const fitted = fittedIn(home).length;
    expect(fitted).toBeLessThan(BLOCKS);
    const { mtimeMs } = statSync(first);

    let again: number | undefined;
    const resumed = startCommandLine(home, args);
    started.push(resumed);
    await until(
      'it ends',
      () => {
        const there = statSync(first, { throwIfNoEntry: false });
        if (there) again = there.mtimeMs;
        return !isRunning(resumed.pid);
      },
      120_000,
    );
    expect((await resumed.finished).code).toBe(0);
    expect(again).toBe(mtimeMs);
    expect(fileHash(output)).toBe(wholeRepaired);
    expect(scratchFolders(home)).toEqual([]);
    expect(readdirSync(scratch).filter((name) => name.includes('killed.gguf'))).toEqual(['killed.gguf']);
  });
});

/** Cancels at a step. */
function cancelAt(step: string, done: number): Hooks & { readonly signal: AbortSignal } {
  const abort = new AbortController();
  return {
    signal: abort.signal,
    onStep: (at) => {
      if (at.key === step && at.done >= done) abort.abort();
    },
  };
}

describe('cancelled', () => {
  const home = join(scratch, 'cancelled-home');
  const own = engineIn(home);
  const output = join(scratch, 'cancelled.gguf');
  const cancelled = async (step: string, done: number): Promise<void> => {
    const work = own.prune({ ...request(output), repair }, cancelAt(step, done));
    await expect(work).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(fileHash(output)).toBe(plain);
    expect(readdirSync(scratch).filter((name) => name.includes('cancelled.gguf'))).toEqual(['cancelled.gguf']);
  };

  test('while the full model is recorded: nothing of that stays on the disk', async () => {
    await cancelled('recording', 3);
    expect(scratchFolders(home)).toEqual([]);
  });

  test('while blocks are fitted: these stay, and the next goes on to the same bytes', async () => {
    await cancelled('repairing', 4);
    expect(filesIn(home, 'teacher')).toContain('recorded');
    expect(fittedIn(home).length).toBeGreaterThanOrEqual(3);
    expect(filesIn(home, 'file').filter((name) => name.endsWith('.part'))).toEqual([]);
    const { repair: report } = await own.prune({ ...request(output), repair });
    expect(report?.leftOut).toBeNull();
    expect(fileHash(output)).toBe(repaired);
    expect(scratchFolders(home)).toEqual([]);
  });
});

describe('a full disk', () => {
  const disk = join(scratch, 'disk');
  const requireDisk = smallDisk(disk, 64);
  const filler = join(disk, 'filler');
  const fill = (freeBytes: number): void => {
    rmSync(filler, { force: true });
    const { bavail, bsize } = statfsSync(disk);
    try {
      writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - freeBytes)));
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC'); // others write meanwhile
    }
  };

  test('of the target: it is said before anything is computed, and the file is whole', async (context) => {
    requireDisk(context);
    const output = join(disk, 'full.gguf');
    await engine.prune(request(output));
    // room to write it in its place, but not for a second one
    const { size } = statSync(output);
    fill(16 * MIB + 0.5 * size);
    rmSync(output);
    const steps: string[] = [];
    const work = engine.prune({ ...request(output), repair }, { onStep: ({ key }) => void steps.push(key) });
    await expect(work).rejects.toMatchObject({
      code: 'NO_SPACE',
      message: expect.stringMatching(
        /disk has \d.* free, but \d.* is needed\. Free some space or choose another disk/,
      ) as string,
    });
    expect(steps).not.toContain('recording');
    expect(fileHash(output)).toBe(plain);
    expect(readdirSync(disk).sort()).toEqual(['filler', 'full.gguf']);
    rmSync(filler);
    await engine.prune({ ...request(output), repair });
    expect(fileHash(output)).toBe(repaired);
    rmSync(output);
  });

  test('of the scratch files, before and meanwhile: the place and the remedy are named, and with room it goes well', async (context) => {
    requireDisk(context);
    const home = join(disk, 'home');
    const own = new Engine({ home });
    onTestFinished(() => own.close());
    const output = join(scratch, 'scratch-full.gguf');
    await own.prune(request(output));
    fill(17 * MIB);
    await expect(own.prune({ ...request(output), repair })).rejects.toMatchObject({
      code: 'NO_SPACE',
      message: expect.stringMatching(/repairs.* has \d.* free, but \d.* is needed\. Free some space/) as string,
    });
    expect(fileHash(output)).toBe(plain);
    rmSync(filler);

    let isFilled = false;
    const fillLater: Hooks['onStep'] = ({ key, done }) => {
      if (key !== 'recording' || done < 2 || isFilled) return;
      isFilled = true;
      fill(0);
    };
    await expect(own.prune({ ...request(output), repair }, { onStep: fillLater })).rejects.toMatchObject({
      code: 'NO_SPACE',
      message: expect.stringMatching(/cannot write .*repairs.*Free some space, or set WINNOW_HOME/) as string,
    });
    expect(isFilled).toBe(true);
    expect(fileHash(output)).toBe(plain);
    expect(scratchFolders(home)).toEqual([]);

    rmSync(filler);
    await own.prune({ ...request(output), repair });
    expect(fileHash(output)).toBe(repaired);
  });
});

test('with less memory than the model takes, it has the same bytes', async () => {
  const output = join(scratch, 'limited.gguf');
  const placement = { ...ONE_THREAD, memoryLimit: 225 * MIB };
  const { repair: report } = await engine.prune({ ...request(output), repair: { ...repair, placement } });
  expect(report?.leftOut).toBeNull();
  expect(fileHash(output)).toBe(repaired);
  const tight = { ...ONE_THREAD, memoryLimit: 150 * MIB };
  await expect(engine.prune({ ...request(output), repair: { ...repair, placement: tight } })).rejects.toMatchObject({
    code: 'OUT_OF_MEMORY',
    message: expect.stringContaining('--memory-limit') as string,
  });
  expect(fileHash(output)).toBe(plain);
});
