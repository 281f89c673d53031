// The demos of a repair: those that matrices are fitted to, and those that judge. None is both.
import { createHash } from 'node:crypto';
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import type { PreparedScoring } from '../../experts/scoring/prepare-scoring.ts';
import { evenLength } from '../calibrating/even-length.ts';
import type { JudgingDemo } from '../calibrating/gate.ts';
import { FEWEST_DEMOS, splitDemos } from '../calibrating/split-demos.ts';
import { demoWindows } from './windows.ts';

/** Tokens of a demo that judges. */
const MOST_JUDGED = 1024;
const SHORTEST = 4;

export type RepairDemo = {
  readonly id: string;
  readonly hash: string;
  readonly tokens: Int32Array;
  /** Of each token its place in TOKEN_CLASSES. */
  readonly classes: Uint8Array;
};

export type RepairDemos = {
  readonly domain: string;
  readonly fitted: readonly Int32Array[];
  readonly judging: readonly JudgingDemo[];
  /** All that take part. */
  readonly seen: readonly { readonly id: string; readonly hash: string }[];
};

/** Demos that are ready to be scored, with what people call them. */
export function namedDemos({ tokenized, demos }: Pick<PreparedScoring, 'tokenized' | 'demos'>): RepairDemo[] {
  const ids = new Map(demos.map(({ hash, id }) => [hash, id]));
  return tokenized.map((demo) => ({ ...demo, id: ids.get(demo.hash) ?? demo.hash }));
}

/**
 * @param demos whole ones
 * @param tokens that are fitted to, at most
 * @param alone the model takes demos together only where they are as long as each other
 * @throws WinnowError DEMOS_EMPTY: too few, or too few with an answer
 */
export function repairDemos(
  demos: readonly RepairDemo[],
  domain: string,
  { tokens, alone }: { readonly tokens: number; readonly alone: boolean },
): RepairDemos {
  const long = demos.filter((demo) => demo.tokens.length >= SHORTEST);
  const even = alone
    ? evenLength(
        long.map((demo) => Math.min(demo.tokens.length, Math.floor(tokens / FEWEST_DEMOS))),
        FEWEST_DEMOS,
      )
    : Infinity;
  const usable = alone ? long.filter((demo) => demo.tokens.length >= even) : long;
  const parts = splitDemos(usable.length, domain, 'repairFewDemos');
  const of = (places: readonly number[]): RepairDemo[] => places.map((place) => usable[place]!);
  const fitted = of([...parts.fitted, ...parts.aside].toSorted((a, b) => a - b));
  const judging = of(parts.judging);
  const judged = demoWindows(judging, MOST_JUDGED * judging.length).filter(({ answers }) => answers.includes(1, 1));
  if (judged.length < 2) {
    throw new WinnowError('DEMOS_EMPTY', say('repairWithoutAnswers', { domain, demos: judging.length }));
  }
  return {
    domain,
    fitted: demoWindows(fitted, tokens, even).map((window) => window.tokens),
    judging: judged.map((window) => ({ tokens: window.tokens, judged: window.answers.with(0, 0) })),
    seen: usable.map(({ id, hash }) => ({ id, hash })),
  };
}

/** Equal for the same tokens. */
export function sequencesHash(sequences: readonly Int32Array[]): string {
  const hash = createHash('sha256');
  for (const tokens of sequences) {
    hash.update(Buffer.from(Int32Array.of(tokens.length).buffer));
    hash.update(Buffer.from(tokens.buffer, tokens.byteOffset, tokens.byteLength));
  }
  return hash.digest('hex');
}
