// The demos of a fit: those that are fitted to, and those that judge the result. No demo is both.
import { createHash } from 'node:crypto';
import { ownText } from '../../base/content/documents.ts';
import { overlapGroups } from '../../demos/demo-index.ts';
import type { Store } from '../../store/database.ts';
import { findDemoContent } from '../../store/demos.ts';
import type { RunDemo } from '../../store/score-runs.ts';
import { evenLength } from './even-length.ts';
import { judgedTokens, type JudgingDemo } from './gate.ts';
import { FEWEST_DEMOS, splitDemos } from './split-demos.ts';
import { demoWindows } from './windows.ts';

/** Maximum tokens per judging demo, on average. */
const MOST_JUDGED = 1024;
const SHORTEST = 4;
/** If fewer judging demos have an answer, whole demos are judged instead of answers. */
const FEWEST_ANSWERS = 2;

type RepairDemo = {
  readonly id: string;
  readonly hash: string;
  readonly tokens: Int32Array;
  /** 1 for each token that belongs to an answer. */
  readonly answers: Uint8Array;
  /** The demos that overlap with it have the same number. */
  readonly group: number;
};

export type RepairDemos = {
  readonly domain: string;
  readonly fitted: readonly Int32Array[];
  readonly judging: readonly JudgingDemo[];
  /** All demos that take part. */
  readonly seen: readonly { readonly id: string; readonly hash: string }[];
};

/** Adds displayed names and groups to tokenised demos that are stored. @throws the signal's reason */
export async function groupedDemos(
  tokenized: readonly Omit<RepairDemo, 'id' | 'group'>[],
  demos: readonly RunDemo[],
  store: Store,
  signal: AbortSignal,
): Promise<RepairDemo[]> {
  const ids = new Map(demos.map(({ hash, id }) => [hash, id]));
  const contents = tokenized.map(({ hash }) => findDemoContent(store, hash));
  const groups = await overlapGroups(
    contents.map((content) => (content ? ownText(content) : '')),
    signal,
  );
  return tokenized.map((demo, place) => ({ ...demo, id: ids.get(demo.hash) ?? demo.hash, group: groups[place]! }));
}

type Limits = {
  /** Maximum tokens that are fitted to. */
  readonly tokens: number;
  /** Maximum tokens per demo. Default: no limit. */
  readonly most?: number | undefined;
  /** Whether the model takes several demos at once only if they are equally long. */
  readonly alone: boolean;
};

/**
 * Splits demos into those to fit to and those that judge, and cuts them to their windows.
 * @param demos whole demos
 * @throws WinnowError DEMOS_EMPTY: too few
 */
export function repairDemos(
  demos: readonly RepairDemo[],
  domain: string,
  { tokens, most = Infinity, alone }: Limits,
): RepairDemos {
  const long = demos.filter((demo) => demo.tokens.length >= SHORTEST);
  const each = Math.min(most, Math.floor(tokens / FEWEST_DEMOS));
  const length = alone
    ? evenLength(
        long.map((demo) => Math.min(demo.tokens.length, each)),
        FEWEST_DEMOS,
      )
    : most;
  const usable = alone ? long.filter((demo) => demo.tokens.length >= length) : long;
  const parts = splitDemos(
    usable.map(({ group }) => group),
    domain,
  );
  const of = (places: readonly number[]): RepairDemo[] => places.map((place) => usable[place]!);
  const judging = demoWindows(of(parts.judging), MOST_JUDGED * parts.judging.length, most);
  const answered = judging.filter(({ answers }) => answers.includes(1, 1));
  return {
    domain,
    fitted: demoWindows(of(parts.fitted), tokens, length).map((window) => window.tokens),
    judging: (answered.length < FEWEST_ANSWERS ? judging : answered).map((window) => ({
      tokens: window.tokens,
      judged: judgedTokens(window.answers),
    })),
    seen: usable.map(({ id, hash }) => ({ id, hash })),
  };
}

/** Number of tokens that are fitted to, that the judging demos have, and that are judged. */
export function tokensOf({ fitted, judging }: RepairDemos): Record<'fitted' | 'judging' | 'judged', number> {
  return {
    fitted: fitted.reduce((sum, { length }) => sum + length, 0),
    judging: judging.reduce((sum, { tokens }) => sum + tokens.length, 0),
    judged: judging.reduce((sum, demo) => sum + demo.judged.filter(Boolean).length, 0),
  };
}

/** A hash that is equal for equal tokens. */
export function sequencesHash(sequences: readonly Int32Array[]): string {
  const hash = createHash('sha256');
  for (const tokens of sequences) {
    hash.update(Buffer.from(Int32Array.of(tokens.length).buffer));
    hash.update(Buffer.from(tokens.buffer, tokens.byteOffset, tokens.byteLength));
  }
  return hash.digest('hex');
}
