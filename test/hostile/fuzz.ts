// Gives hostile files to a process that may die of them, and tells what became of each.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Answer, Order } from './target.ts';
import type { TARGETS } from './targets.ts';
import { kill } from './watch.ts';

const CHILD = join(import.meta.dirname, 'fuzz-child.ts');
/** For a process to start and open its target, or to close it and end: far more than a busy machine needs. */
const SETUP_MS = 120_000;
/** What is small and left behind each time is no finding here. */
const INPUTS_A_PROCESS = 2000;
/** One that is not decided by then hangs; a decoder that circles is given up after seven seconds. */
const HANG_MS = 30_000;
/** Resident memory of a process at its highest. Inputs have some hundred kilobytes, for which the engine takes a third of this. */
const MEMORY_BYTES = 1 << 30;

type FuzzOptions = {
  readonly target: keyof typeof TARGETS;
  readonly seed: number;
  /** Number of the first input. */
  readonly first: number;
  readonly seconds: number;
  /** Where the files of findings are kept. */
  readonly keep: string;
};

type Fuzzed = {
  /** How many inputs ended how. */
  readonly ends: ReadonlyMap<string, number>;
  /** What must not be. */
  readonly findings: readonly { readonly index: number; readonly what: string }[];
};

/** Of an input that was not answered as it should. */
const FAILED = 'failed';
const failed = (end: 'crash' | 'hang' | 'memory', what: string): Answer => ({
  kind: FAILED,
  end,
  finding: `${end}: ${what}`,
  peakBytes: 0,
});

class Child {
  readonly #process;
  readonly #gone: Promise<Answer>;
  tried = 0;

  constructor(args: readonly string[]) {
    // in a group of its own, so that its workers end with it even where they are busy
    this.#process = fork(CHILD, args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], detached: true });
    let log = '';
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => (log = (log + text).slice(-2000)));
    this.#gone = once(this.#process, 'close').then(([code, signal]) =>
      failed('crash', `${String(signal ?? `exit code ${String(code)}`)}: ${log.trim()}`),
    );
  }

  async ask(order: Order, ms: number): Promise<Answer> {
    const late = Promise.withResolvers<Answer>();
    const timer = setTimeout(() => late.resolve(failed('hang', `no answer to ${order}`)), ms);
    const answer = once(this.#process, 'message').then(([message]) => message as Answer);
    // of a process that is gone its exit tells
    this.#process.send(order, () => {});
    const first = await Promise.race([answer, this.#gone, late.promise]);
    clearTimeout(timer);
    return first;
  }

  kill(): void {
    kill(-(this.#process.pid ?? 0));
  }
}

/** @throws Error where the target cannot be opened: nothing was tried then */
export async function fuzz(options: FuzzOptions): Promise<Fuzzed> {
  const { target, seed, first, seconds, keep } = options;
  // in memory where the system has such a folder: inputs are written and removed by the thousand
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'winnow-hostile-'));
  const ends = new Map<string, number>();
  const findings: { index: number; what: string }[] = [];
  let child: Child | null = null;
  const removeAll = (): void => {
    child?.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', removeAll);

  const found = (index: number, what: string): void => {
    cpSync(folder, join(keep, `${target}-${seed}-${index}`), { recursive: true });
    findings.push({ index, what });
  };
  const end = async (index: number): Promise<void> => {
    const closed = await child?.ask('close', SETUP_MS);
    if (closed && closed.finding !== null) found(index, closed.finding);
    child?.kill();
    child = null;
  };
  const attempt = async (index: number): Promise<Answer> => {
    child ??= new Child([target, String(seed), folder]);
    const opened = await child.ask('open', SETUP_MS);
    if (opened.finding !== null) throw new Error(`${target}:${index} cannot be opened: ${opened.finding}`);
    const answer = await child.ask(index, HANG_MS);
    child.tried++;
    const isLarge = answer.peakBytes > MEMORY_BYTES;
    if (answer.kind === FAILED) {
      child.kill();
      child = null;
    } else if (isLarge || child.tried >= INPUTS_A_PROCESS) await end(index);
    return isLarge ? failed('memory', `${answer.peakBytes} bytes`) : answer;
  };

  /** Counted from the first input on, which waits for the process to start. */
  let until = Infinity;
  let index = first;
  try {
    for (; performance.now() <= until; index++) {
      let outcome = await attempt(index);
      until = Math.min(until, performance.now() + seconds * 1000);
      // machines have slow moments, and garbage of earlier inputs counts as memory
      if (outcome.kind === FAILED && outcome.end !== 'crash') outcome = await attempt(index);
      const name = `${outcome.kind}: ${outcome.end}`;
      ends.set(name, (ends.get(name) ?? 0) + 1);
      if (outcome.finding !== null) found(index, outcome.finding);
    }
    await end(index);
  } finally {
    removeAll();
    process.off('exit', removeAll);
  }
  return { ends, findings };
}
