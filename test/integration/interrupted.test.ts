// Killed, crashed and cancelled in the middle: scoring resumes where it stopped and ends with the same bits, an export
// leaves nothing under its name, and no worker outlives its parent.
import {
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { choiceTextFor } from '../choice-for.ts';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { forkWorker } from '../../electron/engine/base/backend/worker-host.ts';
import { EngineContext } from '../../electron/engine/store/engine-context.ts';
import { Engine } from '../engine.ts';
import { listJobs } from '../../electron/engine/app/jobs/job-table.ts';
import { inspectModel } from '../../electron/engine/models/inspect.ts';
import { listExports } from '../../electron/engine/store/exports.ts';
import { childrenOf, isRunning, startCommandLine, until, type StartedCommand } from './processes.ts';
import { commandLineHere, ROOT, SAMPLE, sampled, scratchDir, THREADS, PRUNE_OPTIONS } from './support.ts';
import { words } from '../words.ts';

const DEMOS = join(ROOT, 'resources/sample/demos/python.jsonl');
const N_DEMOS = 40;
/** How long a worker may outlive its parent. */
const ORPHAN_MS = 2000;

const dir = scratchDir();
let homes = 0;
const freshHome = (): string => join(dir, `home-${++homes}`);
/** Beside the data folder, which is Winnow's own. */
const scoresOfHome = (home: string): string => `${home}.scores.json`;

const started: StartedCommand[] = [];
afterEach(() => {
  for (const { pid, kill } of started.splice(0)) if (isRunning(pid)) kill('SIGKILL', 'group');
});

function start(home: string, ...args: string[]): StartedCommand {
  const command = startCommandLine(home, args);
  started.push(command);
  return command;
}

type Run = { readonly id: number; readonly state: string; readonly scored_demos: number };
const runsOf = async (home: string): Promise<Run[]> => (await commandLineHere(home).json<Run[]>('runs')).document;

/** Windows has none: test/platforms/windows-ends.test.ts has a console's Ctrl+C. */
const hasSignals = process.platform !== 'win32';

describe('scoring', () => {
  /** Packs of one demo: 40 checkpoints. */
  const score = (home: string) => words`
    score ${SAMPLE} --demos ${DEMOS} --max-tokens 128 --ubatch 128 --out ${scoresOfHome(home)} --gpu
    off --threads ${THREADS}`;
  let uninterrupted: { file: string; stdout: string };

  beforeAll(async () => {
    const home = freshHome();
    const { code, stdout } = await commandLineHere(home).call(...score(home), '--json');
    expect(code).toBe(0);
    uninterrupted = { file: readFileSync(scoresOfHome(home), 'utf8'), stdout: scoresOf(stdout) };
  });

  /** Without what was estimated of the run: that depends on the runs before. */
  function scoresOf(stdout: string): string {
    return JSON.stringify({ ...(JSON.parse(stdout) as object), estimate: null });
  }

  /** Demos that are safe in the database. */
  function checkpoints(home: string): number {
    const file = join(home, 'winnow.db');
    if (!existsSync(file)) return 0;
    const db = new Database(file, { readonly: true });
    try {
      return db.prepare<[], number>('SELECT count(*) FROM demo_scores').pluck().get() ?? 0;
    } catch {
      return 0; // no tables yet
    } finally {
      db.close();
    }
  }

  async function startAndReach(home: string, demos: number, ...more: string[]): Promise<StartedCommand> {
    const command = start(home, ...score(home), ...more);
    await until(`${demos} demos are scored`, () => checkpoints(home) >= demos || !isRunning(command.pid));
    expect(checkpoints(home)).toBeLessThan(N_DEMOS);
    return command;
  }

  /** The same command again goes on with the same run, and its scores are those of an uninterrupted run to the bit. */
  async function expectResumed(home: string, said?: string): Promise<void> {
    const stdout = said ?? (await commandLineHere(home).call(...score(home))).stdout;
    expect(stdout).toMatch(/scored in .+, resumed \(run 1\)\.$/m);
    expect(await runsOf(home)).toMatchObject([{ id: 1, state: 'done', scored_demos: N_DEMOS }]);
    expect(readFileSync(scoresOfHome(home), 'utf8') === uninterrupted.file).toBe(true);
    const again = await commandLineHere(home).call(...score(home), '--json');
    expect(scoresOf(again.stdout) === uninterrupted.stdout).toBe(true);
  }

  async function gone(pids: readonly number[]): Promise<void> {
    expect(pids.length).toBeGreaterThan(0);
    await until('the workers are gone', () => !pids.some(isRunning), ORPHAN_MS);
  }

  test('killed again and again, with its worker or without', async () => {
    const home = freshHome();
    let before = 0;
    for (const [demos, whom] of [
      [1, 'group'],
      [12, 'process'],
      [25, 'group'],
    ] as const) {
      const command = await startAndReach(home, demos);
      const workers = childrenOf(command.pid);
      command.kill('SIGKILL', whom);
      await gone(workers);
      expect(await command.finished).toMatchObject({ signal: 'SIGKILL', stdout: '' });
      const [run, ...others] = await runsOf(home);
      expect(run).toMatchObject({ id: 1, state: 'interrupted' });
      expect(others).toEqual([]);
      expect(run?.scored_demos).toBeGreaterThanOrEqual(demos);
      expect(run?.scored_demos).toBeGreaterThan(before);
      before = run?.scored_demos ?? 0;
      expect(readdirSync(dir).filter((name) => join(dir, name).startsWith(scoresOfHome(home)))).toEqual([]);
    }
    await expectResumed(home);
  });

  describe('the same again while it runs', () => {
    const fromAnother = 'Another Winnow is scoring the same just now (run 1)';

    function isLocked(home: string): boolean {
      const db = new Database(join(home, 'winnow.db'), { timeout: 0 });
      try {
        db.exec('BEGIN IMMEDIATE; ROLLBACK');
        return false;
      } catch {
        return true;
      } finally {
        db.close();
      }
    }

    async function startBoth(home: string): Promise<{ first: StartedCommand; second: StartedCommand }> {
      const first = await startAndReach(home, 2);
      first.kill('SIGSTOP', 'group');
      // stopped in the middle of writing, it would keep the database locked
      while (isLocked(home)) {
        first.kill('SIGCONT', 'group');
        await setTimeout(10);
        first.kill('SIGSTOP', 'group');
      }
      const second = start(home, ...score(home));
      await until('the second waits', () => second.stderr().includes(fromAnother) || !isRunning(second.pid));
      first.kill('SIGCONT', 'group');
      return { first, second };
    }

    test('goes on from what a killed one left', async () => {
      const home = freshHome();
      const { first, second } = await startBoth(home);
      first.kill('SIGKILL', 'group');
      expect(await second.finished).toMatchObject({ code: 0 });
      await expectResumed(home, second.stdout());
    });
  });

  test('its worker is killed', async () => {
    const home = freshHome();
    const command = await startAndReach(home, 3, '--json');
    const workers = childrenOf(command.pid);
    expect(workers).toHaveLength(1);
    for (const worker of workers) process.kill(worker, 'SIGKILL');
    const { code, stdout, stderr } = await command.finished;
    expect(code).toBe(1);
    const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
    expect(error.code).toBe('BACKEND_CRASHED');
    expect(error.message).toMatch(/^Scoring stopped: .+\.gguf.* What was scored is kept: score again/);
    // Windows does not say that it was killed
    expect(error.message).toMatch(process.platform === 'win32' ? /exit code 1/ : /SIGKILL.*memory/);
    expect(stderr).not.toMatch(/^\s+at /m);
    const [run] = await runsOf(home);
    expect(run).toMatchObject({ id: 1, state: 'failed' });
    expect(run?.scored_demos).toBeGreaterThanOrEqual(3);
    await expectResumed(home);
  });

  const stops = [
    ['Ctrl+C to the terminal’s whole group', 'SIGINT', 'group', 130],
    ['Ctrl+C to the process alone', 'SIGINT', 'process', 130],
    ['a service manager', 'SIGTERM', 'process', 143],
  ] as const;
  test.runIf(hasSignals).each(sampled(stops, 3))(
    '%s stops it, and what is scored is kept',
    async (_, signal, whom, exitCode) => {
      const home = freshHome();
      const command = await startAndReach(home, 5, '--json');
      const workers = childrenOf(command.pid);
      command.kill(signal, whom);
      const { code, stdout, stderr } = await command.finished;
      expect({ code, document: JSON.parse(stdout) as unknown }).toMatchObject({
        code: exitCode,
        document: { error: { code: 'CANCELLED' } },
      });
      expect(stderr).toContain('stopping; what is finished is kept');
      await gone(workers);
      const [run] = await runsOf(home);
      expect(run).toMatchObject({ id: 1, state: 'cancelled' });
      expect(run?.scored_demos).toBeGreaterThanOrEqual(5);
      await expectResumed(home);
    },
  );

  test.runIf(hasSignals)('a second Ctrl+C ends it at once', async () => {
    const home = freshHome();
    const command = await startAndReach(home, 1);
    command.kill('SIGINT', 'process');
    command.kill('SIGINT', 'process');
    expect((await command.finished).code).toBe(130);
    await expectResumed(home);
  });
});

describe('export', () => {
  /** How much wider the experts are than the sample's: a file of 650 MB, most of it a hole. */
  const WIDER = 32;
  const MODEL = join(dir, 'large.gguf');
  const MASK = join(dir, 'choice.json');
  let whole: { bytes: number; sha256: string };

  const prune = (target: string) => ['prune', MODEL, '--choice', MASK, '-o', target, '--json'];

  beforeAll(async () => {
    await writeLargeModel();
    writeFileSync(MASK, await choiceTextFor(MODEL, (expert) => expert % 2 === 1));
    const target = join(dir, 'whole.gguf');
    whole = await pruned(freshHome(), target);
    rmSync(target);
  });

  async function writeLargeModel(): Promise<number> {
    using backend = new Backend();
    const { info, tensors } = await inspectModel(SAMPLE, backend);
    const wider = tensors.map(({ name, type, ne, bytes }) => {
      const [width = 1, rows = 1, experts = 1] = ne;
      if (!name.includes('_exps.')) return { name, type, ne: [...ne], bytes };
      const shape = name.includes('_down_') ? [WIDER * width, rows, experts] : [width, WIDER * rows, experts];
      return { name, type, ne: shape, bytes: WIDER * bytes };
    });
    const hidden = wider.find(({ name }) => name.includes('_up_exps.'))?.ne[1] ?? 0;
    const header = await backend.call('buildGgufMeta', {
      source: SAMPLE,
      remove: [],
      set: [{ key: 'qwen3moe.expert_feed_forward_length', type: 'uint32', value: hidden }],
      tensors: wider.map(({ name, type, ne }) => ({ name, type, ne })),
    });
    const file = openSync(MODEL, 'w');
    writeSync(file, header);
    ftruncateSync(file, header.byteLength + wider.reduce((sum, { bytes }) => sum + Math.ceil(bytes / 32) * 32, 0));
    closeSync(file);
    return info.nExpert;
  }

  async function pruned(home: string, target: string): Promise<{ bytes: number; sha256: string }> {
    const { code, document } = await commandLineHere(home).json<{ bytes: number; sha256: string }>(
      ...prune(target).slice(0, -1),
    );
    expect(code).toBe(0);
    expect(statSync(target).size).toBe(document.bytes);
    return { bytes: document.bytes, sha256: document.sha256 };
  }

  const leftovers = (): string[] => readdirSync(dir).filter((name) => name.startsWith('target') || isUnfinished(name));
  const isUnfinished = (name: string): boolean => name.startsWith('.winnow-');
  const unfinishedBytes = (): number =>
    readdirSync(dir).reduce(
      (sum, name) => sum + (isUnfinished(name) ? (statSync(join(dir, name), { throwIfNoEntry: false })?.size ?? 0) : 0),
      0,
    );

  /** Starts an export and waits until so many bytes are in the temporary file. */
  async function startAndReach(home: string, target: string, bytes: number): Promise<StartedCommand> {
    const command = start(home, ...prune(target));
    await until(`${bytes} bytes are written`, () => unfinishedBytes() >= Math.max(1, bytes) || !isRunning(command.pid));
    expect(isRunning(command.pid)).toBe(true);
    return command;
  }

  const kills = [
    ['in the middle', 0.5, 'process'],
    ['at its beginning', 0, 'group'],
    ['while it is read back', 1, 'group'],
  ] as const;
  test.each(sampled(kills, 3))('killed %s', async (_, share, whom) => {
    const home = freshHome();
    const target = join(dir, 'target.gguf');
    const command = await startAndReach(home, target, share * whole.bytes);
    const workers = childrenOf(command.pid);
    command.kill('SIGKILL', whom);
    await until('the workers are gone', () => !workers.some(isRunning), ORPHAN_MS);
    expect(await command.finished).toMatchObject({ signal: 'SIGKILL', stdout: '' });
    expect(leftovers()).toEqual([expect.stringMatching(/^\.winnow-/)]);

    expect(await pruned(home, target)).toEqual(whole);
    expect(leftovers()).toEqual(['target.gguf']);
    rmSync(target);
  });

  test('stopped by closing, it is recorded as its job is', async () => {
    const home = freshHome();
    const engine = new Engine({ home });
    let closed: Promise<void> | undefined;
    const exported = engine.prune(
      {
        model: MODEL,
        choice: MASK,
        output: join(dir, 'target.gguf'),
        ...PRUNE_OPTIONS,
      },
      { onProgress: () => void (closed ??= engine.close()) },
    );
    await expect(exported).rejects.toMatchObject({ code: 'CANCELLED' });
    await closed;
    const context = new EngineContext({ home, host: forkWorker });
    expect(listExports(context.store).map(({ state }) => state)).toEqual(['interrupted']);
    expect(listJobs(context.store, 1).map(({ state }) => state)).toEqual(['interrupted']);
    context.close();
    expect(leftovers()).toEqual([]);
  });

  test('the next export of anything removes what a killed one left', async () => {
    const home = freshHome();
    const target = join(dir, 'target.gguf');
    const command = await startAndReach(home, target, 0);
    command.kill('SIGKILL', 'group');
    await command.finished;
    expect(leftovers()).toHaveLength(1);
    const q4 = ['--type', 'Q4_K_M', '--allow-requantize'];
    const other = ['quantize', SAMPLE, ...q4, '-o', join(dir, 'other.gguf')];
    expect((await commandLineHere(home).call(...other)).code).toBe(0);
    expect(leftovers()).toEqual([]);
  });
});
