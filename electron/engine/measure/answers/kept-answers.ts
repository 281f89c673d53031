// Answers that are kept in a file while others are still to come, one a line, so that the same request goes on after it
// was killed.
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
  /** The demo's place in its list. */
  index: z.int().nonnegative(),
  /** The demo with its answer. */
  content: demoContentSchema,
});

/** As `headSchema` is written: another file of this name is somebody's own. */
const BEGINNING = '{"answersFor":';

/** A text cannot be longer, in V8. */
const MAX_BYTES = 500 << 20;

export class KeptAnswers {
  readonly #path: string;
  readonly #answers: Map<number, DemoContent>;

  private constructor(path: string, answers: Map<number, DemoContent>) {
    this.#path = path;
    this.#answers = answers;
  }

  /**
   * @param request hash of everything that the answers depend on: those of another request are dropped
   * @throws WinnowError TARGET_EXISTS: something else has this name; FILE_UNREADABLE, TARGET_UNWRITABLE, NO_SPACE
   */
  static async open(path: string, request: string): Promise<KeptAnswers> {
    const [head, ...lines] = await linesOf(path);
    const isSame = headSchema.safeParse(head).data?.answersFor === request;
    const answers = lines.flatMap((line) => (isSame ? (answerSchema.safeParse(line).data ?? []) : []));
    // a line that a kill cut off must not run into the next one
    const text = [{ answersFor: request }, ...answers].map((line) => `${JSON.stringify(line)}\n`).join('');
    await writeTextFile(path, text);
    return new KeptAnswers(path, new Map(answers.map(({ index, content }) => [index, content])));
  }

  /** The answered demo of a prompt by its place among the demos, from 0. */
  get(index: number): DemoContent | undefined {
    return this.#answers.get(index);
  }

  get size(): number {
    return this.#answers.size;
  }

  /** @throws WinnowError TARGET_UNWRITABLE, NO_SPACE */
  add(index: number, content: DemoContent): void {
    try {
      appendFileSync(this.#path, `${JSON.stringify({ index, content })}\n`);
    } catch (error) {
      throw writeError(this.#path, error);
    }
    this.#answers.set(index, content);
  }

  /** Deletes the file: its answers stand in the output. */
  async remove(): Promise<void> {
    await rm(this.#path, { force: true });
  }
}

/** What is no JSON is left out; nothing where there is no file. */
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
