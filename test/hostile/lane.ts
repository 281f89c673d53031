// One process that tries inputs, and what watches it.
import { fork, type ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { childMessageSchema, type ChildArgs, type ChildRequest, type Tried } from './child-messages.ts';
import { nameOf, type Input } from './inputs.ts';

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url));

/** After so many inputs another process goes on: what is small and left behind each time is no finding here. */
const INPUTS_A_PROCESS = 2000;
/** For a process to start, load a target and open it, or to close it: far more than a busy machine needs. */
const SETUP_LIMIT_MS = 120_000;
const LOG_CHARS = 2000;
/** Of one file of a finding: the giants are made again by their names. */
const MAX_KEPT_BYTES = 64 << 20;

/** What one input may cost. */
export type Limits = {
  /** One that is not decided by then hangs. */
  readonly hangMs: number;
  /** Resident memory of the process or of a worker that the target names, at its highest. */
  readonly memoryBytes: number;
};

export type Finding = {
  readonly input: Input;
  readonly kind: 'crash' | 'hang' | 'memory' | 'wrong';
  readonly what: string;
};

export type LaneOptions = {
  /** URL of the module that exports `TARGETS`. */
  readonly targets: string;
  readonly seed: number;
  /** Shared with other lanes. */
  readonly inputs: Iterable<Input>;
  readonly limits: Limits;
  /** For the process's files; made and emptied by the lane. */
  readonly folder: string;
  /** Where the files of findings are kept, in a folder each. */
  readonly keep: string;
  readonly onTried: (input: Input, tried: Tried) => void;
  readonly onFinding: (finding: Finding) => void;
};

type Outcome = Tried | { readonly died: string } | 'hangs';

class Child {
  readonly #process: ChildProcess;
  #settle: (outcome: Outcome) => void = () => {};
  #begin: () => void = () => {};
  #log = '';
  triedInputs = 0;

  constructor(args: ChildArgs) {
    // in a group of its own, so that its workers end with it even where they are busy
    this.#process = fork(CHILD, [JSON.stringify(args)], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], detached: true });
    this.#process.stderr
      ?.setEncoding('utf8')
      .on('data', (text: string) => (this.#log = (this.#log + text).slice(-LOG_CHARS)));
    this.#process.on('message', (raw) => {
      const message = childMessageSchema.parse(raw);
      if ('begun' in message) this.#begin();
      else this.#settle(message);
    });
    this.#process.once('close', (code, signal) => {
      this.#settle({ died: `${signal ?? `exit code ${code}`}: ${this.#log.trim()}` });
    });
  }

  /** @throws Error where the target cannot be opened: nothing was tried then */
  async try(input: Input, hangMs: number): Promise<Outcome> {
    this.triedInputs += 1;
    const run = { hasBegun: false };
    const outcome = await new Promise<Outcome>((resolve) => {
      let late = setTimeout(() => resolve('hangs'), SETUP_LIMIT_MS);
      this.#begin = () => {
        run.hasBegun = true;
        clearTimeout(late);
        late = setTimeout(() => resolve('hangs'), hangMs);
      };
      this.#settle = (settled) => {
        clearTimeout(late);
        resolve(settled);
      };
      this.#send(input);
    });
    if (!run.hasBegun)
      throw new Error(`the harness cannot open the target of ${nameOf(input)}: ${JSON.stringify(outcome)}`);
    return outcome;
  }

  /** Lets its targets close what they have open. */
  async end(): Promise<void> {
    const gone = new Promise((resolve) => this.#process.once('exit', resolve));
    if (this.#isGone) return;
    this.#send(null);
    const late = setTimeout(() => this.kill(), SETUP_LIMIT_MS);
    await gone;
    clearTimeout(late);
  }

  kill(): void {
    if (this.#process.pid === undefined) return;
    try {
      process.kill(-this.#process.pid, 'SIGKILL');
    } catch {
      // the whole group is gone
    }
  }

  get #isGone(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  #send(request: ChildRequest): void {
    // of a process that is gone its exit tells
    this.#process.send(request as object, () => {});
  }
}

/** Tries inputs until there are none. @throws Error where the harness itself does not work */
export async function runLane(options: LaneOptions): Promise<void> {
  const { targets, seed, inputs, limits, folder, keep, onTried, onFinding } = options;
  let child: Child | null = null;
  const killAtExit = (): void => child?.kill();
  process.on('exit', killAtExit);

  const attempt = async (input: Input): Promise<Outcome> => {
    if (!child) {
      rmSync(folder, { recursive: true, force: true });
      child = new Child({ targets, seed, folder });
    }
    const outcome = await child.try(input, limits.hangMs);
    if (outcome === 'hangs' || 'died' in outcome) {
      child.kill();
      child = null;
    } else if (child.triedInputs === INPUTS_A_PROCESS || outcome.peakBytes > limits.memoryBytes) {
      await child.end();
      child = null;
    }
    return outcome;
  };
  const found = (finding: Finding): void => {
    const kept = join(keep, `${finding.input.target}-${seed}-${finding.input.index}`);
    mkdirSync(kept, { recursive: true });
    cpSync(join(folder, finding.input.target), kept, {
      recursive: true,
      filter: (path) => statSync(path).size <= MAX_KEPT_BYTES,
    });
    onFinding(finding);
  };

  try {
    for (const input of inputs) {
      let outcome = await attempt(input);
      // machines have slow moments, and garbage of earlier inputs counts as memory: once more, in a process of its own
      if (outcome === 'hangs' || ('peakBytes' in outcome && outcome.peakBytes > limits.memoryBytes))
        outcome = await attempt(input);
      if (outcome === 'hangs') {
        found({ input, kind: 'hang', what: `undecided after ${limits.hangMs / 1000} s` });
      } else if ('died' in outcome) {
        found({ input, kind: 'crash', what: outcome.died });
      } else {
        onTried(input, outcome);
        if (outcome.finding !== null) found({ input, kind: 'wrong', what: outcome.finding });
        if (outcome.peakBytes > limits.memoryBytes)
          found({ input, kind: 'memory', what: `${outcome.peakBytes} bytes` });
      }
    }
    await (child as Child | null)?.end();
  } finally {
    (child as Child | null)?.kill();
    process.off('exit', killAtExit);
  }
}
