// A program that is kept running: a path goes in on a line, and a line comes out that says what it makes of the file.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export class LineProgram {
  readonly #child;
  readonly #answers: AsyncIterator<string>;
  readonly #gone: Promise<unknown>;
  #said = '';

  constructor(program: string) {
    this.#child = spawn(program, { stdio: 'pipe' });
    this.#answers = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
    this.#gone = once(this.#child, 'close');
    this.#child.stderr
      .setEncoding('utf8')
      .on('data', (text: string) => (this.#said = (this.#said + text).slice(-20_000)));
    this.#child.stdin.on('error', () => {}); // it is gone: the missing answer tells
  }

  /** @returns its answer; null: it ended */
  async ask(path: string): Promise<string | null> {
    this.#child.stdin.write(`${path}\n`);
    const answer = await this.#answers.next();
    return answer.done === true ? null : answer.value;
  }

  /** @returns what it said on standard error; null: nothing is wrong */
  async end(): Promise<string | null> {
    this.#child.stdin.end();
    await this.#gone;
    if (this.#child.exitCode === 0) return null;
    return this.#said || `it ended with ${this.#child.signalCode ?? this.#child.exitCode}`;
  }
}
