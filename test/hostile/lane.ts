// One process that tries inputs, and what watches it.
import { fork, type ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { childMessageSchema, type ChildArgs, type ChildRequest, type Tried } from './child-messages.ts';
import { nameOf, type Input } from './inputs.ts';
import type { Limits, Verdict } from './target.ts';
import { killGroup, watchMemory } from './watch.ts';

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url));

/** For a process to start, load a target and open it, or to close it and end: far more than a busy machine needs. */
const SETUP_LIMIT_MS = 120_000;
const LOG_CHARS = 2000;
/** The most that is kept of one file of a finding: the giants are made again by their names. */
const MAX_KEPT_BYTES = 64 << 20;

export type Finding = {
  readonly input: Input;
  readonly kind: 'crash' | 'hang' | 'memory' | 'wrong';
  readonly what: string;
};

export type LaneOptions = {
  /** URL of the module that exports `TARGETS`. */
  readonly targets: string;
  readonly limitsOf: (input: Input) => Limits;
  readonly seed: number;
  /** Shared with other lanes. */
  readonly inputs: Iterable<Input>;
  /** For the process's files; made and emptied by the lane. */
  readonly folder: string;
  /** Where the files of findings are kept, in a folder each. */
  readonly keep: string;
  /** Is told of inputs and, when a process ends, of what shows only then. */
  readonly onVerdict: (verdict: Verdict) => void;
  readonly onTried: (input: Input, tried: Tried) => void;
  readonly onFinding: (finding: Finding) => void;
};

/** An input that was not decided: what became of the process instead. */
type Undecided = Omit<Finding, 'input'>;
type Outcome = Tried | Undecided;

const isDecided = (outcome: Outcome): outcome is Tried => 'end' in outcome;

class Child {
  readonly #process: ChildProcess;
  readonly #gone: Promise<void>;
  #settle: (outcome: Outcome) => void = () => {};
  #begin: () => void = () => {};
  #closed: readonly Verdict[] = [];
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
      else if ('closed' in message) this.#closed = message.closed;
      else this.#settle(message);
    });
    this.#gone = new Promise((resolve) =>
      this.#process.once('close', (code, signal) => {
        this.#settle({ kind: 'crash', what: `${signal ?? `exit code ${code}`}: ${this.#log.trim()}` });
        resolve();
      }),
    );
  }

  /** @throws Error where the target cannot be opened: nothing was tried then */
  async try(input: Input, { hangMs, memoryBytes, memoryOf }: Limits): Promise<Outcome> {
    this.triedInputs += 1;
    const run = { hasBegun: false };
    const decided = Promise.withResolvers<Outcome>();
    const late = (ms: number) =>
      setTimeout(() => decided.resolve({ kind: 'hang', what: `undecided after ${ms / 1000} s` }), ms);
    let timer = late(SETUP_LIMIT_MS);
    this.#begin = () => {
      run.hasBegun = true;
      clearTimeout(timer);
      timer = late(hangMs);
    };
    this.#settle = decided.resolve;
    const endWatch =
      memoryOf === 'each'
        ? () => 0
        : watchMemory(this.#pid, memoryBytes, () =>
            decided.resolve({ kind: 'memory', what: `more than ${memoryBytes} bytes` }),
          );
    this.#send(input);
    const outcome = await decided.promise;
    clearTimeout(timer);
    const groupBytes = endWatch();
    if (!run.hasBegun)
      throw new Error(`the harness cannot open the target of ${nameOf(input)}: ${JSON.stringify(outcome)}`);
    if (!isDecided(outcome)) return outcome;
    const peakBytes = Math.max(outcome.peakBytes, groupBytes);
    return { ...outcome, peakBytes };
  }

  /** Lets its targets close what they have open. @returns what shows only then, with what keeps it from ending */
  async end(): Promise<readonly Verdict[]> {
    this.#send(null);
    const closing = { isLate: false };
    const late = setTimeout(() => {
      closing.isLate = true;
      this.kill();
    }, SETUP_LIMIT_MS);
    await this.#gone;
    clearTimeout(late);
    const stays: Verdict = { kind: 'process', end: 'stays', finding: 'its process goes on when all is closed' };
    return closing.isLate ? [...this.#closed, stays] : this.#closed;
  }

  kill(): void {
    killGroup(this.#pid);
  }

  get #pid(): number {
    return this.#process.pid ?? 0;
  }

  #send(request: ChildRequest): void {
    // of a process that is gone its exit tells
    this.#process.send(request as object, () => {});
  }
}

/** Tries inputs until there are none. @throws Error where the harness itself does not work */
export async function runLane(options: LaneOptions): Promise<void> {
  const { targets, limitsOf, seed, inputs, folder, keep, onVerdict, onTried, onFinding } = options;
  let child: Child | null = null;
  const killAtExit = (): void => child?.kill();
  process.on('exit', killAtExit);

  const found = (finding: Finding): void => {
    const kept = join(keep, `${finding.input.target}-${seed}-${finding.input.index}`);
    mkdirSync(kept, { recursive: true });
    cpSync(join(folder, finding.input.target), kept, {
      recursive: true,
      filter: (path) => statSync(path).size <= MAX_KEPT_BYTES,
    });
    onFinding(finding);
  };
  const end = async (last: Input): Promise<void> => {
    for (const verdict of (await child?.end()) ?? []) {
      onVerdict(verdict);
      if (verdict.finding !== null) found({ input: last, kind: 'wrong', what: verdict.finding });
    }
    child = null;
  };
  const attempt = async (input: Input, limits: Limits): Promise<Outcome> => {
    if (!child) {
      rmSync(folder, { recursive: true, force: true });
      child = new Child({ targets, seed, folder });
    }
    const outcome = await child.try(input, limits);
    if (!isDecided(outcome)) {
      child.kill();
      child = null;
    } else if (child.triedInputs >= limits.inputsAProcess || outcome.peakBytes > limits.memoryBytes) {
      await end(input);
    }
    return outcome;
  };

  let last: Input | null = null;
  try {
    for (const input of inputs) {
      last = input;
      const limits = limitsOf(input);
      const costsTooMuch = (outcome: Outcome): boolean =>
        isDecided(outcome) ? outcome.peakBytes > limits.memoryBytes : outcome.kind !== 'crash';
      let outcome = await attempt(input, limits);
      for (let tries = 1; tries < limits.tries && costsTooMuch(outcome); tries++)
        outcome = await attempt(input, limits);
      if (!isDecided(outcome)) {
        found({ input, ...outcome });
        continue;
      }
      onVerdict(outcome);
      onTried(input, outcome);
      if (outcome.finding !== null) found({ input, kind: 'wrong', what: outcome.finding });
      if (outcome.peakBytes > limits.memoryBytes) found({ input, kind: 'memory', what: `${outcome.peakBytes} bytes` });
    }
    if (last) await end(last);
  } finally {
    (child as Child | null)?.kill();
    process.off('exit', killAtExit);
  }
}
