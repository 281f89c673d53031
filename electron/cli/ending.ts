// What ends a command before it is done: signals, and streams that take nothing more.
import { inEnglish } from '../contract/sentences.ts';
import { writeProblem } from '../engine/base/files/user-files.ts';
import type { Output } from './output.ts';

/** As shells count a command that a signal ended. SIGBREAK is Ctrl+Break on Windows; a closed window is SIGHUP there. */
const SIGNAL_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143, SIGBREAK: 149 } as const;

/** Exit code of a command that was cut off because its reader has left, as if SIGPIPE had ended it. */
const READER_LEFT = 141;
const FAILED = 1;

/** Work that is cancelled ends within two seconds; what still has not heard of it by then is left to the next start. */
const LONGEST_STOP_MS = 5000;

/** A reader that is slow may take so long for the last words of a command that was stopped. */
const LAST_WORDS_MS = 1000;

export class Ending {
  readonly #interrupt = new AbortController();
  readonly #output: Output;
  /** What a command that was cut off exits with. */
  #cutOff: number | null = null;
  /** Something that was to be printed is lost. */
  #isIncomplete = false;
  #isDone = false;

  /** Listens to this process's signals and streams. */
  constructor(output: Output) {
    this.#output = output;
    for (const [signal, code] of Object.entries(SIGNAL_CODES)) process.on(signal, () => this.#stop(code));
    for (const stream of [process.stdout, process.stderr])
      stream.on('error', (error: NodeJS.ErrnoException) => this.#lost(stream, error));
  }

  /** Raised by Ctrl+C and its like, and where there is nobody to print to. */
  get signal(): AbortSignal {
    return this.#interrupt.signal;
  }

  /**
   * Ends the process when all is printed that can be.
   * @param code of the command: 0, 1, 2; one that was cut off ends with what did that
   */
  async end(code: number): Promise<void> {
    this.#isDone = true;
    process.exitCode = this.#codeOf(code);
    if (!this.signal.aborted) return; // by itself, when the last word is read
    await Promise.race([
      Promise.all([flushed(process.stdout), flushed(process.stderr)]),
      new Promise((done) => setTimeout(done, LAST_WORDS_MS)),
    ]);
    process.exit();
  }

  #codeOf(code: number): number {
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

  /** A reader that has seen enough, such as `| head`, is no error; a full disk is. What still runs ends as by Ctrl+C. */
  #lost(stream: NodeJS.WriteStream, error: NodeJS.ErrnoException): void {
    const hasLeft = error.code === 'EPIPE';
    if (stream === process.stderr && !hasLeft) return; // there is no other place to tell it
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

/** Resolves when all is with its reader, or can no longer get there. */
async function flushed(stream: NodeJS.WriteStream): Promise<void> {
  if (!stream.writable) return;
  await new Promise<void>((done) => stream.write('', () => done()));
}
