// The addon's GGUF reader under AddressSanitizer and UndefinedBehaviorSanitizer, in a build of its own, on the same hostile
// files as the fuzz harness makes them.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ensureNative, STOCK_SOURCE } from '../../../../native/build.ts';
import { ggmlBinDir } from '../../../../native/prebuilt.ts';
import { makeMutant } from '../gguf/mutants.ts';
import { Random } from '../../random.ts';

const OUT = join(import.meta.dirname, '../../../../out');
const BUILD = join(OUT, 'sanitized');
const KEEP = join(OUT, 'fuzz');
/** Between two calls of `onProgress`, in inputs. */
const PROGRESS_EVERY = 500;

export type SanitizedOptions = {
  readonly seed: number;
  /** Inputs; each is one file or a set of them. */
  readonly count: number;
  /** Ends earlier after so many seconds; the build is not counted. */
  readonly seconds?: number;
  readonly onProgress?: (inputs: number) => void;
};

export type SanitizedReport = {
  readonly inputs: number;
  /** Files given to the reader, by how it took them. */
  readonly read: number;
  readonly refused: number;
  /** What a sanitizer said, with the file kept in out/fuzz. */
  readonly findings: readonly { readonly index: number; readonly file: string; readonly report: string }[];
};

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

  /** @returns what it said on stderr, where leaks are reported too */
  async end(): Promise<string> {
    this.#child.stdin.end();
    await this.#gone;
    return this.#child.exitCode === 0
      ? ''
      : this.#said || `it ended with ${this.#child.signalCode ?? this.#child.exitCode}`;
  }
}

/** Some 20 seconds the first time. @throws WinnowError NATIVE_BUILD; Error where the compiler has no sanitizers */
async function buildSanitized(): Promise<void> {
  await ensureNative({ reference: true });
  const quiet = { stdio: ['ignore', 'ignore', 'inherit'] as ['ignore', 'ignore', 'inherit'] };
  execFileSync(
    'cmake',
    ['-S', import.meta.dirname, '-B', BUILD, `-DLLAMA_SOURCE=${STOCK_SOURCE}`, `-DGGML_BIN_DIR=${ggmlBinDir()}`],
    quiet,
  );
  execFileSync('cmake', ['--build', BUILD], quiet);
}

/**
 * Builds the reader if that has not been done yet, and gives it the GGUF files of inputs 0 to `count` − 1 of the seed.
 * @throws as `buildSanitized`
 */
export async function runSanitized({
  seed,
  count,
  seconds = Infinity,
  onProgress,
}: SanitizedOptions): Promise<SanitizedReport> {
  await buildSanitized();
  const end = performance.now() + seconds * 1000;
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'winnow-sanitized-'));
  const path = join(folder, 'header.gguf');
  const findings: SanitizedReport['findings'][number][] = [];
  const found = (index: number, report: string): void => {
    mkdirSync(KEEP, { recursive: true });
    const file = join(KEEP, `sanitized-${seed}-${index}.gguf`);
    copyFileSync(path, file);
    findings.push({ index, file, report });
  };

  let reader = new SanitizedReader();
  let inputs = 0;
  let read = 0;
  let refused = 0;
  try {
    for (; inputs < count && performance.now() < end; inputs++) {
      for (const bytes of makeMutant(new Random(seed, `gguf:${inputs}`)).files.values()) {
        writeFileSync(path, bytes);
        const answer = await reader.read(path);
        if (answer === null) {
          found(inputs, await reader.end());
          reader = new SanitizedReader();
        } else if (answer === 'read') {
          read += 1;
        } else {
          refused += 1;
        }
      }
      if (inputs % PROGRESS_EVERY === 0) onProgress?.(inputs);
    }
    const leaks = await reader.end();
    if (leaks !== '') found(inputs, leaks);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { inputs, read, refused, findings };
}
