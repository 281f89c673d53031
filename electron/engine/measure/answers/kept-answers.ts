// Keeps answers in a file, one per line, while others are still to come, so that the same request can resume after it was
// killed.
import { appendFileSync } from 'node:fs';
import { z } from 'zod';
import { demoContentSchema, type DemoContent } from '../../../contract/demo.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { parsedJson } from '../../base/files/json-guard.ts';
import { readWhole } from '../../base/files/read-whole.ts';
import { errnoOf } from '../../base/files/errno.ts';
import { readError, writeError, writeTextFile } from '../../base/files/user-files.ts';

const answerSchema = z.object({
  /** The demo's index in its list. */
  index: z.int().nonnegative(),
  /** The demo with its answer. */
  content: demoContentSchema,
});

/** V8 allows no longer strings. */
const MAX_BYTES = 500 << 20;

export class KeptAnswers {
  readonly #path: string;
  readonly #answers: Map<number, DemoContent>;

  private constructor(path: string, answers: Map<number, DemoContent>) {
    this.#path = path;
    this.#answers = answers;
  }

  /** Opens the file of a request, or creates it. @throws WinnowError FILE_UNREADABLE, TARGET_UNWRITABLE, NO_SPACE */
  static async open(path: string): Promise<KeptAnswers> {
    const answers = (await linesOf(path)).flatMap((line) => answerSchema.safeParse(line).data ?? []);
    // a line that was cut off by a kill must not run into the next one
    await writeTextFile(path, answers.map((line) => `${JSON.stringify(line)}\n`).join(''));
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
}

/** The lines of a file, without those that are not JSON; empty: there is no file. */
async function linesOf(path: string): Promise<unknown[]> {
  try {
    const tooLarge = (): WinnowError => readError(path, new Error('it is too large'));
    const text = await readWhole(path, { maxBytes: MAX_BYTES, tooLarge });
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
