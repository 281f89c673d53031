// The addon's GGUF reader under AddressSanitizer and UndefinedBehaviorSanitizer, in a build of its own, on hostile GGUF
// files.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ensureNative, STOCK_SOURCE } from '../../../../native/build.ts';
import { ggmlBinDir } from '../../../../native/prebuilt.ts';
import { makeMutant } from '../gguf/mutants.ts';
import type { Random } from '../../random.ts';
import type { OpenTarget, Verdict } from '../../target.ts';

const BUILD = join(import.meta.dirname, '../../../../out/sanitized');

/** The reader's process: one path in, one answer out; it ends where a sanitizer finds something. */
class SanitizedReader {
  readonly #child = spawn(join(BUILD, 'read-headers'), { stdio: 'pipe' });
  readonly #answers: AsyncIterator<string> = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  readonly #gone = once(this.#child, 'close');
  #said = '';

  constructor() {
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#said += text));
    this.#child.stdin.on('error', () => {}); // it is gone: the missing answer tells
  }

  /** @returns its answer; null: it ended */
  async read(path: string): Promise<string | null> {
    this.#child.stdin.write(`${path}\n`);
    const answer = await this.#answers.next();
    return answer.done === true ? null : answer.value;
  }

  /** @returns what it said on stderr, where leaks are reported too; null: nothing is wrong */
  async end(): Promise<string | null> {
    this.#child.stdin.end();
    await this.#gone;
    if (this.#child.exitCode === 0) return null;
    return this.#said || `it ended with ${this.#child.signalCode ?? this.#child.exitCode}`;
  }
}

/** Some 20 seconds the first time. @throws WinnowError NATIVE_BUILD; Error where the compiler has no sanitizers */
export async function buildSanitized(): Promise<void> {
  await ensureNative({ reference: true });
  const quiet = { stdio: ['ignore', 'ignore', 'inherit'] as ['ignore', 'ignore', 'inherit'] };
  execFileSync(
    'cmake',
    ['-S', import.meta.dirname, '-B', BUILD, `-DLLAMA_SOURCE=${STOCK_SOURCE}`, `-DGGML_BIN_DIR=${ggmlBinDir()}`],
    quiet,
  );
  execFileSync('cmake', ['--build', BUILD], quiet);
}

const verdict = (end: string, finding: string | null = null): Verdict => ({ kind: 'sanitized', end, finding });

class SanitizedTarget implements OpenTarget {
  readonly #folder: string;
  #reader = new SanitizedReader();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async tryInput(random: Random): Promise<Verdict> {
    for (const name of readdirSync(this.#folder)) rmSync(join(this.#folder, name));
    let end = 'read';
    for (const [name, bytes] of makeMutant(random).files) {
      const path = join(this.#folder, name);
      writeFileSync(path, bytes);
      const answer = await this.#reader.read(path);
      if (answer === null) {
        const report = await this.#reader.end();
        this.#reader = new SanitizedReader();
        return verdict('ended', `${name}: ${report}`);
      }
      if (answer !== 'read') end = 'refused';
    }
    return verdict(end);
  }

  /** @returns leaks */
  close(): Promise<string | null> {
    return this.#reader.end();
  }
}

/** Needs what `buildSanitized` makes. */
export const openSanitized = (folder: string): OpenTarget => new SanitizedTarget(folder);
