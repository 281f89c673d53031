// Keeps answers in a file, one per line, while others are still to come, so that the same request can resume after it was
// killed.
import { appendFileSync } from 'node:fs';
import { lstat, rm } from 'node:fs/promises';
import { z } from 'zod';
import { demoContentSchema, type DemoContent } from '../../../contract/demo.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import { parsedJson } from '../../base/files/json-guard.ts';
import { readWhole } from '../../base/files/read-whole.ts';
import { errnoOf } from '../../base/files/errno.ts';
import { readError, writeError, writeTextFile } from '../../base/files/user-files.ts';

const headSchema = z.object({ answersFor: z.string() });
const answerSchema = z.object({
  /** The demo's index in its list. */
  index: z.int().nonnegative(),
  /** The demo with its answer. */
  content: demoContentSchema,
});

/** How a file of answers begins, according to `headSchema`; any other file of this name belongs to the user. */
const BEGINNING = '{"answersFor":';

/** V8 allows no longer strings. */
const MAX_BYTES = 500 << 20;

export class KeptAnswers {
  readonly #path: string;
  readonly #answers: Map<number, DemoContent>;

  private constructor(path: string, answers: Map<number, DemoContent>) {
    this.#path = path;
    this.#answers = answers;
  }

  /**
   * Opens the file of a request, or creates it.
   * @param request hash of everything that the answers depend on; answers to another request are dropped
   * @throws WinnowError TARGET_EXISTS: something else has this name; FILE_UNREADABLE, TARGET_UNWRITABLE, NO_SPACE
   */
  static async open(path: string, request: string): Promise<KeptAnswers> {
    const [head, ...lines] = await linesOf(path);
    const isSame = headSchema.safeParse(head).data?.answersFor === request;
    const answers = lines.flatMap((line) => (isSame ? (answerSchema.safeParse(line).data ?? []) : []));
    // a line that was cut off by a kill must not run into the next one
    const text = [{ answersFor: request }, ...answers].map((line) => `${JSON.stringify(line)}\n`).join('');
    await writeTextFile(path, text);
    return new KeptAnswers(path, new Map(answers.map(({ index, content }) => [index, content])));
  }

  /** The answered demo at an index, from 0. */
  get(index: number): DemoContent | undefined {
    return this.#answers.get(index);
  }

  get size(): number {
    return this.#answers.size;
  }

  /** Appends an answer to the file. @throws WinnowError TARGET_UNWRITABLE, NO_SPACE */
  add(index: number, content: DemoContent): void {
    try {
      appendFileSync(this.#path, `${JSON.stringify({ index, content })}\n`);
    } catch (error) {
      throw writeError(this.#path, error);
    }
    this.#answers.set(index, content);
  }

  /** Deletes the file once its answers are in the output. */
  async remove(): Promise<void> {
    await rm(this.#path, { force: true });
  }
}

/** The lines of a file, without those that are not JSON; empty: there is no file. */
async function linesOf(path: string): Promise<unknown[]> {
  const inTheWay = (): WinnowError => new WinnowError('TARGET_EXISTS', say('keptAnswersForeign', { path }), { path });
  const checkHead = (head: Buffer): void => {
    if (head.indexOf(BEGINNING) !== 0) throw inTheWay();
  };
  try {
    if (!(await lstat(path)).isFile()) throw inTheWay();
    const text = await readWhole(path, { maxBytes: MAX_BYTES, tooLarge: inTheWay, checkHead });
    return text
      .toString()
      .split('\n')
      .map(parsedJson)
      .filter((line) => line !== undefined);
  } catch (error) {
    if (error instanceof WinnowError) throw error;
    if (errnoOf(error) === 'ENOENT') return [];
    throw readError(path, error);
  }
}
