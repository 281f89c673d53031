// Where an attack takes place: a folder and a data folder of its own, and the command line under watch.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, SAMPLE } from '../../integration/support.ts';
import { holdWithin, killGroup } from '../watch-memory.ts';

/** What no attack may make Winnow take, all its processes together: twice what scoring the sample takes, and room. */
const MEMORY_BYTES = 3 * 1024 ** 3;
/** Long after each promise is broken. */
const TIMEOUT_MS = 60_000;

export type WinnowOptions = {
  /** Added to the environment; undefined takes a name out. */
  readonly env?: NodeJS.ProcessEnv;
  /** Given to standard input, which then ends. Without it there is none. */
  readonly input?: string | Buffer;
  /** A file or device that standard output goes to, in the place of what is returned. */
  readonly stdoutTo?: string;
  /** As a shell would limit it: "ulimit -f 100; ulimit -n 32". */
  readonly limits?: string;
  /** Sent to the process when `when` (of what it has printed on standard error) says so, or after `afterMs`. */
  readonly signal?: {
    readonly name: NodeJS.Signals;
    readonly afterMs?: number;
    readonly when?: (stderr: string) => boolean;
  };
  /** Called with all of standard error so far, whenever there is more of it. */
  readonly onStderr?: (stderr: string) => void;
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
  /** From the sent signal to the end; null: none was sent. */
  readonly secondsAfterSignal: number | null;
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

function runWinnow(home: string, args: readonly string[], options: WinnowOptions): Promise<Ended> {
  const command = [process.execPath, join(ROOT, 'electron/cli/winnow.ts'), ...args];
  const [program = '', ...rest] =
    options.limits === undefined ? command : ['/bin/sh', '-c', `${options.limits}; exec "$@"`, 'winnow', ...command];
  const stdout = options.stdoutTo === undefined ? 'pipe' : openSync(options.stdoutTo, 'w');
  const started = performance.now();
  const child = spawn(program, rest, {
    // a group of its own: what it leaves behind can be found and killed
    detached: true,
    env: { ...process.env, FORCE_COLOR: undefined, WINNOW_HOME: home, ...options.env },
    stdio: [options.input === undefined ? 'ignore' : 'pipe', stdout, 'pipe'],
  });
  if (typeof stdout === 'number') closeSync(stdout);
  child.stdin?.on('error', () => undefined).end(options.input);
  return new Promise((done, fail) => {
    const { pid } = child;
    child.once('error', fail);
    if (pid === undefined) return;
    const endWatch = holdWithin(pid, { memoryBytes: MEMORY_BYTES, timeoutMs: options.timeoutMs ?? TIMEOUT_MS });
    const texts = { stdout: '', stderr: '' };
    let signalled: number | null = null;
    const send = (name: NodeJS.Signals): void => {
      if (signalled !== null) return;
      signalled = performance.now();
      child.kill(name);
    };
    const { signal } = options;
    const later = signal?.afterMs === undefined ? null : setTimeout(() => send(signal.name), signal.afterMs);
    child.stdout?.on('data', (chunk: Buffer) => (texts.stdout += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => {
      texts.stderr += chunk.toString();
      options.onStderr?.(texts.stderr);
      if (signal?.when?.(texts.stderr) === true) send(signal.name);
    });
    child.once('close', (code, endedBy) => {
      const ended = performance.now();
      if (later !== null) clearTimeout(later);
      const { broken, peakBytes } = endWatch();
      killGroup(pid);
      if (broken !== null) return fail(new Error(`winnow ${args.join(' ')}: ${broken}\n${texts.stderr.slice(-2000)}`));
      done({
        command: `winnow ${args.join(' ')}`,
        code,
        signal: endedBy,
        ...texts,
        seconds: (ended - started) / 1000,
        secondsAfterSignal: signalled === null ? null : (ended - signalled) / 1000,
        peakBytes,
      });
    });
  });
}
