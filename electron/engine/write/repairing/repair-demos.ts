// The demos of a fit: found, read and tokenised; those that are fitted to, and those that judge the result. No demo is both.
import { createHash } from 'node:crypto';
import { REPAIR_TOKENS } from '../../../contract/repair.ts';
import type { RepairRequest } from '../../../contract/requests.ts';
import type { Backend } from '../../base/backend/backend.ts';
import { ownText } from '../../base/content/documents.ts';
import { overlapGroups } from '../../demos/demo-index.ts';
import { readSubject } from '../../experts/scoring/scored-subject.ts';
import { domainsOf } from '../../experts/selections/selection-view.ts';
import { type InspectedModel, requirePrunable } from '../../models/inspect.ts';
import { contextWindow } from '../../models/placement/packs.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { StoredSelection } from '../../store/selections.ts';
import type { Task } from '../../store/task.ts';
import { choosingDemosOfSelection } from '../pruning/choosing-demos.ts';
import type { Store } from '../../store/database.ts';
import { findDemoContent } from '../../store/demos.ts';
import type { RunDemo } from '../../store/score-runs.ts';
import { type JudgingDemo, judgedTokens } from './gate.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { msg } from '../../../contract/sentences.ts';
import { uniform } from '../../base/statistics/numbers.ts';

/** Maximum tokens per judging demo, on average. */
const MOST_JUDGED = 1024;
const SHORTEST = 4;
/** If fewer judging demos have an answer, whole demos are judged instead of answers. */
const FEWEST_ANSWERS = 2;

type Tokens = {
  readonly tokens: Int32Array;
  /** 1 for each token that belongs to an answer. */
  readonly answers: Uint8Array;
};

type RepairDemo = Tokens & {
  readonly id: string;
  readonly hash: string;
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

/** Tokens read of each demo, at most, before its window is chosen. */
const MOST_READ = 8192;

/**
 * Reads and tokenises the demos that a repair names, else those that the experts were chosen by, as far as they are still stored. Demos
 * that are given as files are added to their domain.
 * @param model the full model
 * @param chosenBy the selection that the experts were chosen by; null: it is not stored
 * @returns the demos, and the model's row in the store
 * @throws WinnowError as `requirePrunable`, `readSubject` and `repairDemos`; DEMOS_EMPTY: none are known
 */
export async function readRepairDemos(
  model: InspectedModel,
  { demos: named, limit }: RepairRequest,
  chosenBy: StoredSelection | null,
  context: EngineContext,
  backend: Backend,
  task: Task,
): Promise<{ readonly demos: RepairDemos; readonly modelId: number }> {
  const own = chosenBy === null ? [] : evenly(knownDemos(context.store, chosenBy), limit);
  if (named === undefined && own.length === 0) throw new WinnowError('DEMOS_EMPTY', msg('repairWithoutDemos'));
  const [chosenFor = 'demos'] = chosenBy === null ? [] : domainsOf(chosenBy);
  requirePrunable(model.info);
  const request = { demos: named ?? { kind: 'stored' as const, domain: chosenFor, demos: own }, limit };
  const opened = { model, info: model.info, predictionLayers: [] };
  const subject = await readSubject(opened, { ...request, maxTokens: MOST_READ }, context, backend, task);
  const limits = { tokens: REPAIR_TOKENS, most: contextWindow(model.info), alone: subject.isRecurrent };
  const { tokenized, demos, domain, modelId } = subject;
  const grouped = await groupedDemos(tokenized, demos, context.store, task.signal);
  return { demos: repairDemos(grouped, domain, limits), modelId };
}

function knownDemos(store: Store, selection: StoredSelection): { id: string; hash: string }[] {
  return choosingDemosOfSelection(store, selection).flatMap(({ id, hash }) =>
    hash !== null && findDemoContent(store, hash) ? [{ id, hash }] : [],
  );
}

/** Takes at most `most` items of a list at equal distances, so that each of several domains has its share. */
export function evenly<T>(list: readonly T[], most: number): T[] {
  if (list.length <= most) return [...list];
  return Array.from({ length: most }, (_, i) => list[Math.floor((i * list.length) / most)]!);
}

/** Adds displayed names and groups to tokenised demos that are stored. @throws the signal's reason */
export async function groupedDemos(
  tokenized: readonly (Tokens & { readonly hash: string })[],
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
export function countTokens({ fitted, judging }: RepairDemos): Record<'fitted' | 'judging' | 'judged', number> {
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

/**
 * Models that keep a state from token to token compute several demos at once only if these are equally long. Returns the length
 * at which most tokens are used while at least `fewest` demos remain: longer demos are cut to it, shorter ones left out.
 * @param lengths number of tokens of each demo
 * @returns 0: there are fewer demos than `fewest`
 */
export function evenLength(lengths: readonly number[], fewest: number): number {
  const longest = lengths.toSorted((a, b) => b - a);
  let best = 0;
  let most = 0;
  for (const [place, length] of longest.entries()) {
    const tokens = (place + 1) * length;
    if (place + 1 >= fewest && tokens > most) [best, most] = [length, tokens];
  }
  return best;
}

/** The share of a window before the answer. */
const PROMPT_SHARE = 0.25;

/**
 * The windows of demos.
 * @param tokens maximum tokens of all windows together
 * @param length maximum tokens of each window; if no demo is shorter, all windows are equally long
 */
function demoWindows(demos: readonly Tokens[], tokens: number, length: number = Infinity): Tokens[] {
  const most = Math.min(
    length,
    longestEach(
      demos.map((demo) => demo.tokens.length),
      tokens,
    ),
  );
  return demos.map((demo) => demoWindow(demo, most));
}

/** The maximum tokens per demo so that all demos together stay within the total. */
function longestEach(lengths: readonly number[], total: number): number {
  const ascending = lengths.toSorted((a, b) => a - b);
  let left = total;
  for (const [place, length] of ascending.entries()) {
    const share = Math.floor(left / (ascending.length - place));
    if (length > share) return share;
    left -= length;
  }
  return Infinity;
}

/** Cuts a window out of a demo. The demo's first token stays in front, as in everything that the model was trained on. */
function demoWindow({ tokens, answers }: Tokens, most: number): Tokens {
  if (tokens.length <= most) return { tokens, answers };
  const inside = most - 1;
  const answer = Math.max(1, answers.indexOf(1));
  const start = Math.min(tokens.length - inside, Math.max(1, answer - Math.floor(PROMPT_SHARE * inside)));
  const cut = <T extends Int32Array | Uint8Array>(values: T): T => {
    const window = values.slice(start - 1, start + inside) as T;
    window[0] = values[0]!;
    return window;
  };
  return { tokens: cut(tokens), answers: cut(answers) };
}

/** The share of demos that judge, and their minimum number. */
const JUDGING_SHARE = 0.25;
const FEWEST_JUDGING = 4;
const FEWEST_FITTED = 8;

export const FEWEST_DEMOS = FEWEST_JUDGING + FEWEST_FITTED;

/**
 * Splits demos at random, always in the same way for the same groups. Of a group, one demo judges, or all are fitted to.
 * @param groups of each demo, as `overlapGroups` numbers them
 * @returns indices of demos, ascending
 * @throws WinnowError DEMOS_EMPTY: fewer groups than `FEWEST_DEMOS`
 */
export function splitDemos(groups: readonly number[], domain: string): Record<'fitted' | 'judging', readonly number[]> {
  const members = [...Map.groupBy(groups.keys(), (place) => groups[place]!).values()];
  if (members.length < FEWEST_DEMOS) {
    const what = { fewest: FEWEST_DEMOS, domain, demos: members.length };
    throw new WinnowError('DEMOS_EMPTY', msg('repairFewDemos', what), { demos: members.length });
  }
  const random = uniform(1);
  const shuffled = members
    .map((group) => ({ group, rank: random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ group }) => group);
  const judging = Math.max(FEWEST_JUDGING, Math.floor(members.length * JUDGING_SHARE));
  const ascending = (places: number[]): number[] => places.sort((a, b) => a - b);
  return {
    judging: ascending(shuffled.slice(0, judging).map(([first]) => first!)),
    fitted: ascending(shuffled.slice(judging).flat()),
  };
}
