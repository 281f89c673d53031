// What unpatched llama.cpp makes of a file: the program test/native/stock-check, kept running.
import { join } from 'node:path';
import { z } from 'zod';
import { REFERENCE_DIR } from '../../../../native/build.ts';
import { LineProgram } from '../line-program.ts';

/** The last stage that the file passed, how the next one ended, and what llama.cpp said. */
const verdictSchema = z
  .tuple([z.enum(['none', 'header', 'vocab', 'full']), z.string()], z.string())
  .transform(([stage, end, reason = '']) => ({ stage, end, reason }));
export type StockVerdict = z.infer<typeof verdictSchema>;

export class StockCheck {
  readonly #program = new LineProgram(join(REFERENCE_DIR, 'stock-check'));

  /** @param path of the first part */
  async check(path: string): Promise<StockVerdict> {
    return verdictSchema.parse((await this.#program.ask(path))?.split('\t'));
  }

  close(): Promise<unknown> {
    return this.#program.end();
  }
}
