// What unpatched llama.cpp makes of a file, where Winnow must agree, and where it refuses more on purpose.
import { join } from 'node:path';
import { z } from 'zod';
import { REFERENCE_DIR } from '../../../../native/build.ts';
import { LineProgram } from '../line-program.ts';

/** The last stage that the file passed, how the next one ended, and what llama.cpp said. */
const verdictSchema = z
  .tuple([z.enum(['none', 'header', 'vocab', 'full']), z.string()], z.string())
  .transform(([stage, end, reason = '']) => ({ stage, end, reason }));

/** The program test/native/stock-check, kept running. */
export class StockCheck {
  readonly #program = new LineProgram(join(REFERENCE_DIR, 'stock-check'));

  /** @param path of the first part */
  async check(path: string): Promise<z.infer<typeof verdictSchema>> {
    return verdictSchema.parse((await this.#program.ask(path))?.split('\t'));
  }

  close(): Promise<unknown> {
    return this.#program.end();
  }
}

/** `end`: "read", "not prunable" or an error code; `said`: why. */
export type Opinion = { readonly end: string; readonly said: string };

/** Files that llama.cpp loads and Winnow refuses, by what it says. docs/RELIABILITY.md has the same list. */
const REFUSED_ON_PURPOSE: readonly (readonly [end: string, said: RegExp])[] = [
  // the name says that the file is one of several parts, its header that it is whole: one of them is mistaken
  [
    'SPLIT_INCOMPLETE',
    /says that it is one of \d+ parts, but \d+ belong to it by name|and .* is missing\. Put all parts/,
  ],
  // its key general.type says that it is an adapter or the like, and llama.cpp does not read that key
  ['NOT_GGUF', /is GGUF, but not a model: it is /],
  // llama.cpp loads it only where the first tensor that it maps happens to lie at a multiple of 32 bytes
  ['GGUF_CORRUPT', /which is not a multiple of 32: llama\.cpp does not load such files everywhere/],
  // llama.cpp loads it, and ends the process or writes nonsense when it computes
  ['GGUF_CORRUPT', /but llama\.cpp cannot compute with weights of that type|and nothing can be computed with that/],
];

/** A dense model cannot be pruned, whether llama.cpp loads it or not. */
const IS_DENSE = /^it is a dense model/;

/** @returns what is wrong with the opinion, or null; and whether llama.cpp loads what Winnow has its reason to refuse */
export function judge(
  { end, said }: Opinion,
  stock: z.infer<typeof verdictSchema>,
): { readonly finding: string | null; readonly isOnPurpose: boolean } {
  const loads = stock.stage === 'full';
  if (end === 'read' && !loads) {
    const finding = `called good, but llama.cpp stops after ${stock.stage} (${stock.end}: ${stock.reason})`;
    return { finding, isOnPurpose: false };
  }
  if (end === 'read' || !loads || IS_DENSE.test(said)) return { finding: null, isOnPurpose: false };
  const isOnPurpose = REFUSED_ON_PURPOSE.some(([code, text]) => code === end && text.test(said));
  return { finding: isOnPurpose ? null : `refused (${end}: ${said}), but llama.cpp loads it`, isOnPurpose };
}
