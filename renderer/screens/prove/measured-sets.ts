// Figures can be compared when their texts were cut in the same way: into chunks as long, and as many of them.
import type { Evaluation } from '../../../electron/contract/api/evaluations.ts';

export type MeasuredSet = {
  readonly key: string;
  /** Tokens a chunk. */
  readonly ctx: number;
  /** Of the text with most; shorter texts have fewer. */
  readonly chunks: number;
  readonly rows: readonly Evaluation[];
};

/** Equal for rows of one text; a deleted one is told by its name. */
export function textKey({ textId, domain, text }: Pick<Evaluation, 'textId' | 'domain' | 'text'>): string {
  return textId === null ? `${domain}/${text}` : String(textId);
}

/**
 * The largest sets of comparable rows, the newest first. "At most 8 chunks" is all of a short text and 8 of a long one,
 * so a set has of each text the most chunks that its limit allows.
 */
export function measuredSets(rows: readonly Evaluation[]): readonly MeasuredSet[] {
  const sets = [...Map.groupBy(rows, ({ ctx }) => ctx)].flatMap(([ctx, ofCtx]) => {
    const limits = new Set(ofCtx.map(({ chunks }) => chunks));
    return [...limits].map((limit) => ({ key: `${ctx}x${limit}`, ctx, chunks: limit, rows: within(ofCtx, limit) }));
  });
  return sets
    .filter((set) => !sets.some((other) => other !== set && isPart(set, other)))
    .toSorted((a, b) => newest(b) - newest(a) || b.chunks - a.chunks);
}

/**
 * The set that was asked for, otherwise the one that holds most of what the last job measured or found measured already,
 * otherwise the newest.
 */
export function shownSet(
  sets: readonly MeasuredSet[],
  key: string | null,
  lastIds: readonly number[],
): MeasuredSet | undefined {
  const wanted = new Set(lastIds);
  const held = ({ rows }: MeasuredSet): number => rows.filter(({ id }) => wanted.has(id)).length;
  return sets.find((set) => set.key === key) ?? sets.toSorted((a, b) => held(b) - held(a))[0];
}

function within(rows: readonly Evaluation[], limit: number): Evaluation[] {
  const most = new Map<string, number>();
  for (const row of rows) {
    if (row.chunks <= limit) most.set(textKey(row), Math.max(row.chunks, most.get(textKey(row)) ?? 0));
  }
  return rows.filter((row) => row.chunks === most.get(textKey(row)));
}

function isPart(set: MeasuredSet, other: MeasuredSet): boolean {
  const ids = new Set(other.rows.map(({ id }) => id));
  return set.rows.length < ids.size && set.rows.every(({ id }) => ids.has(id));
}

function newest({ rows }: MeasuredSet): number {
  return Math.max(...rows.map(({ createdMs }) => createdMs));
}
