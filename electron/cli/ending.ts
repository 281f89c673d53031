// What ends a command before it is done: signals, and streams that can take no more output.
import { inEnglish } from '../contract/sentences.ts';
import { writeProblem } from '../engine/base/files/user-files.ts';
import type { Output } from './output.ts';

/**
 * The exit codes that shells give to commands ended by a signal. SIGBREAK is Ctrl+Break on Windows; closing its window
 * raises SIGHUP there.
 */
const SIGNAL_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143, SIGBREAK: 149 } as const;

/** Exit code of a command that was cut off because its reader went away, as if SIGPIPE had ended it. */
const READER_LEFT = 141;
const FAILED = 1;

/** Cancelled work ends within two seconds; anything that has not noticed by this time is left to the next start. */
const LONGEST_STOP_MS = 5000;

/** How long a slow reader may take for the last output of a command that was stopped. */
const LAST_WORDS_MS = 1000;

export class Ending {
  readonly #interrupt = new AbortController();
  readonly #output: Output;
  /** Exit code of a command that was cut off. */
  #cutOff: number | null = null;
  #isIncomplete = false;
  #isDone = false;

  /** Listens to this process's signals and streams. */
  constructor(output: Output) {
    this.#output = output;
    for (const [signal, code] of Object.entries(SIGNAL_CODES)) process.on(signal, () => this.#stop(code));
    for (const stream of [process.stdout, process.stderr])
      stream.on('error', (error: NodeJS.ErrnoException) => this.#lost(stream, error));
  }

  /** Aborted by Ctrl+C and similar signals, and when nobody is left to print to. */
  get signal(): AbortSignal {
    return this.#interrupt.signal;
  }

  /**
   * Ends the process when everything has been printed that can be.
   * @param code of the command: 0, 1 or 2; a command that was cut off ends with the code of what cut it off
   */
  async end(code: number): Promise<void> {
    this.#isDone = true;
    process.exitCode = this.#exitCode(code);
    if (!this.signal.aborted) return; // the process ends by itself when the last output has been read
    await Promise.race([
      Promise.all([flushed(process.stdout), flushed(process.stderr)]),
      new Promise((done) => setTimeout(done, LAST_WORDS_MS)),
    ]);
    process.exit();
  }

  #exitCode(code: number): number {
    if (code !== 0 && this.#cutOff !== null) return this.#cutOff;
    return code === 0 && this.#isIncomplete ? FAILED : code || Number(process.exitCode ?? 0);
  }

  #stop(code: number): void {
    if (this.#isDone || this.signal.aborted) process.exit(this.#cutOff ?? code);
    this.#cutOff = code;
    this.#output.note('stopping; what is finished is kept (Ctrl+C again to quit at once)');
    this.#interrupt.abort();
    setTimeout(() => process.exit(code), LONGEST_STOP_MS).unref();
  }

  /** A reader that has seen enough, such as `| head`, is not an error; a full disk is. What still runs ends as with Ctrl+C. */
  #lost(stream: NodeJS.WriteStream, error: NodeJS.ErrnoException): void {
    const hasLeft = error.code === 'EPIPE';
    if (stream === process.stderr && !hasLeft) return; // there is no other place to report it
    if (!hasLeft && !this.#isIncomplete) {
      this.#isIncomplete = true;
      process.exitCode = FAILED;
      const reason = writeProblem(error);
      process.stderr.write(`error: Cannot write to standard output: ${inEnglish(reason)}. What is finished is kept.\n`);
    }
    this.#cutOff ??= hasLeft ? READER_LEFT : FAILED;
    this.#interrupt.abort();
  }
}

/** Resolves when everything has reached its reader, or can no longer get there. */
async function flushed(stream: NodeJS.WriteStream): Promise<void> {
  if (!stream.writable) return;
  await new Promise<void>((done) => stream.write('', () => done()));
}
