// What one line of the table of attacks is, and where it takes place: a folder and a data folder of its own, and the
// command line under watch.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCommandLine, type StartOptions } from '../../integration/processes.ts';
import { ROOT, SAMPLE } from '../../integration/support.ts';
import { kill, watchMemory } from '../watch.ts';

export type Attack = {
  /** In a few words; no two attacks share one. */
  readonly name: string;
  /** What must hold, in a sentence. */
  readonly promise: string;
  /** Runs in `npm test`, too: some seconds of processor time at most. Default: only where all of them run. */
  readonly quick?: boolean;
  /** Why it cannot be tried on this machine; null: it can. */
  readonly missing?: () => string | null;
  /** @throws when the promise is broken */
  readonly run: (ground: Ground) => Promise<void>;
};

export const onWindows = (): string | null => (process.platform === 'win32' ? 'Windows has nothing of the kind' : null);

/** What no attack may make Winnow take, all its processes together: twice what scoring the sample takes, and room. */
const MEMORY_BYTES = 3 * 1024 ** 3;
/** Long after each promise is broken. */
const TIMEOUT_MS = 60_000;

export type WinnowOptions = StartOptions & {
  /** Sent to the process when `when` (of what it has printed on standard error) says so, or after `afterMs`. */
  readonly signal?: {
    readonly name: NodeJS.Signals;
    readonly afterMs?: number;
    readonly when?: (stderr: string) => boolean;
  };
  readonly timeoutMs?: number;
};

export type Ended = {
  /** What was run, for people. */
  readonly command: string;
  /** Null: a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
  /** From the sent signal to the end; infinite: none was sent. */
  readonly secondsAfterSignal: number;
  /** Resident memory of its processes together, at its highest. */
  readonly peakBytes: number;
};

export type Ground = {
  /** Empty at the beginning, removed at the end. */
  readonly folder: string;
  /** Winnow's data folder, which is not there yet. */
  readonly home: string;
  readonly model: string;
  /** @returns a demo file of the sample: "french", "math", … */
  readonly demos: (domain: string) => string;
  /** @returns the domain's held-out text */
  readonly text: (domain: string) => string;
  /**
   * Runs `winnow ARGS` to its end.
   * @throws when it takes more memory or time than any promise allows; then all its processes are killed
   */
  readonly winnow: (args: readonly string[], options?: WinnowOptions) => Promise<Ended>;
};

/** Runs `work` on a ground of its own, which is removed whatever happens. */
export async function onGround(work: (ground: Ground) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'winnow-attack-'));
  const own = join(folder, 'ground');
  const home = join(folder, 'home');
  mkdirSync(own);
  try {
    await work({
      folder: own,
      home,
      model: SAMPLE,
      demos: (domain) => join(ROOT, `resources/sample/demos/${domain}.jsonl`),
      text: (domain) => join(ROOT, `resources/sample/eval/${domain}.txt`),
      winnow: (args, options = {}) => runWinnow(home, args, options),
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runWinnow(home: string, args: readonly string[], options: WinnowOptions): Promise<Ended> {
  const { signal, timeoutMs = TIMEOUT_MS, ...start } = options;
  const name = `winnow ${args.join(' ')}`;
  const started = performance.now();
  /** When it was signalled, and why it was killed. */
  const seen: { signalled: number; broken: string | null } = { signalled: Infinity, broken: null };
  const send = (): void => {
    if (signal === undefined || seen.signalled !== Infinity) return;
    seen.signalled = performance.now();
    command.kill(signal.name, 'process');
  };
  const command = startCommandLine(home, args, {
    ...start,
    onStderr: (stderr) => {
      start.onStderr?.(stderr);
      if (signal?.when?.(stderr) === true) send();
    },
  });
  const end = (because: string): void => {
    seen.broken = because;
    kill(-command.pid);
  };
  const endWatch = watchMemory(command.pid, MEMORY_BYTES, () => end(`more than ${MEMORY_BYTES} bytes of memory`));
  const timers = [setTimeout(() => end(`still there after ${timeoutMs} ms`), timeoutMs)];
  if (signal?.afterMs !== undefined) timers.push(setTimeout(send, signal.afterMs));
  const { code, signal: endedBy, stdout, stderr } = await command.finished;
  const ended = performance.now();
  timers.forEach(clearTimeout);
  const peakBytes = endWatch();
  kill(-command.pid);
  if (seen.broken !== null) throw new Error(`${name}: ${seen.broken}\n${stderr.slice(-2000)}`);
  return {
    command: name,
    code: endedBy === null ? code : null,
    signal: endedBy,
    stdout,
    stderr,
    seconds: (ended - started) / 1000,
    secondsAfterSignal: seen.signalled === Infinity ? Infinity : (ended - seen.signalled) / 1000,
    peakBytes,
  };
}
