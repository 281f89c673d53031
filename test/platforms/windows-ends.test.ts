// How Winnow ends on Windows, on Wine: killed, by Ctrl+C at a console, on a disk that fills.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { emulated, ROOT } from './foreign.ts';

const windows = emulated('win-x64');
const SAMPLE = join(ROOT, 'resources/sample/winnow-sample-Q8_0.gguf');
const DEMOS = join(ROOT, 'resources/sample/demos/python.jsonl');

/** As a terminal sends it. */
const CTRL_C = '\u0003';
/** As shells count what Ctrl+C ended. */
const INTERRUPTED = 130;
const START_MS = 180_000;
/** What a process may take to notice that its parent is gone, on a busy machine. */
const END_MS = 30_000;

const folder = mkdtempSync(join(tmpdir(), 'winnow-ends-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(folder, 'home-'));
});

/** Node has threads of its own; one that is still being started, which Windows does in steps, has none. */
const THREADS = 5;

/** Processes of Windows' Node that run one of Winnow's scripts with this home. */
function processesOf(script: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const text = (file: string): string => readFileSync(`/proc/${pid}/${file}`, 'utf8');
      try {
        return text('cmdline').includes(script) && text('environ').includes(`WINNOW_HOME=${windows.path(home)}\0`);
      } catch {
        return false; // it has ended
      }
    });
}

function hasWorker(): boolean {
  return processesOf('worker.ts').some((pid) => readdirSync(`/proc/${pid}/task`).length > THREADS);
}

async function until(what: string, isSo: () => boolean, withinMs: number): Promise<void> {
  for (const deadline = performance.now() + withinMs; !isSo();) {
    if (performance.now() > deadline) throw new Error(`not within ${withinMs / 1000} s: ${what}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** Scores all demos, which takes longer than the tests wait. */
function scoring(): readonly string[] {
  const run = ['score', windows.path(SAMPLE), '--demos', windows.path(DEMOS), '--gpu', 'off', '--threads', '1'];
  return [windows.path(join(ROOT, 'electron/cli/winnow.ts')), ...run, '--out', windows.path(join(home, 's.json'))];
}

type Begun = { readonly child: ChildProcess; readonly ended: Promise<number | null>; readonly said: () => string };

/** @param isAtConsole with a terminal, which takes what is written to the standard input */
function begin(args: readonly string[], isAtConsole: boolean): Begun {
  const { program, args: before, env } = windows.command;
  const log = join(home, 'said');
  const output = openSync(log, 'w');
  const command = [program, ...before, ...args];
  const quoted = command.map((word) => `'${word}'`).join(' ');
  const [first = '', ...rest] = isAtConsole
    ? ['script', '--return', '--quiet', '--command', quoted, '/dev/null']
    : command;
  const child = spawn(first, rest, {
    cwd: ROOT,
    env: { ...process.env, NODE_OPTIONS: '', ...env, TERM: 'xterm', WINNOW_HOME: windows.path(home) },
    stdio: [isAtConsole ? 'pipe' : 'ignore', output, output],
  });
  closeSync(output);
  const ended = new Promise<number | null>((done) => child.once('close', done));
  return { child, ended, said: () => readFileSync(log, 'utf8') };
}

describe.skipIf(!inject('emulated').includes('win-x64'))('Windows x64 on Wine', () => {
  test('a command that is killed leaves no process behind', async () => {
    const { ended } = begin(scoring(), false);
    await until('a worker', hasWorker, START_MS);
    for (const pid of processesOf('winnow.ts')) process.kill(Number(pid), 'SIGKILL');
    await ended;
    await until('the worker’s end', () => processesOf('.ts').length === 0, END_MS);
  });

  test('Ctrl+C at a console ends a command and what it has started', async () => {
    const { child, ended, said } = begin(scoring(), true);
    await until('a worker', hasWorker, START_MS);
    child.stdin?.write(CTRL_C);
    expect(await ended, said()).toBe(INTERRUPTED);
    expect(said()).toContain('what is finished is kept');
    await until('the worker’s end', () => processesOf('.ts').length === 0, END_MS);
  });

  test('a disk that fills while a file is written: said by name, and nothing of the file is left', async ({ skip }) => {
    const disk = mkdtempSync(join(folder, 'disk-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=40m', 'tmpfs', disk], { stdio: 'pipe' });
    } catch (error) {
      skip(`no small disk to fill: ${String(error)}`);
    }
    try {
      const script = windows.path(join(ROOT, 'test/platforms/scripts/fill-disk.ts'));
      const { stdout, stderr } = await windows.node([script, ...[SAMPLE, disk, home].map(windows.path)]);
      expect(JSON.parse(stdout || '{}'), stderr).toMatchObject({
        error: { code: 'NO_SPACE', message: expect.stringContaining('pruned.gguf') as string },
        left: [['filler', expect.any(Number)]],
      });
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});
