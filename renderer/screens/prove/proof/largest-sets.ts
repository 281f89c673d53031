// Comparable rows: obtained in the same way, and as much of each subject.

export type SetRules<Row> = {
  /** Returns a key that must be equal for rows to be comparable. */
  readonly kind: (row: Row) => string;
  /** Returns what the row is about. */
  readonly subject: (row: Row) => string;
  /** Returns how much of the subject the row covers. */
  readonly amount: (row: Row) => number;
};

export type ComparableSet<Row> = {
  readonly key: string;
  /** The amount of the largest subject; smaller ones have less. */
  readonly amount: number;
  readonly rows: readonly Row[];
};

/**
 * Returns the largest sets of comparable rows, the newest first. "At most 8" is all of a small subject and 8 of a large
 * one, so a set holds the most of each subject that its limit allows.
 */
export function largestSets<Row extends { readonly id: number; readonly createdMs: number }>(
  rows: readonly Row[],
  rules: SetRules<Row>,
): readonly ComparableSet<Row>[] {
  const sets = [...Map.groupBy(rows, rules.kind)].flatMap(([kind, ofKind]) => {
    const limits = new Set(ofKind.map(rules.amount));
    return [...limits].map((limit) => ({ key: `${kind}x${limit}`, amount: limit, rows: within(ofKind, limit, rules) }));
  });
  const newest = (set: ComparableSet<Row>): number => Math.max(...set.rows.map(({ createdMs }) => createdMs));
  return sets
    .filter((set) => !sets.some((other) => other !== set && isPart(set.rows, other.rows)))
    .toSorted((a, b) => newest(b) - newest(a) || b.amount - a.amount);
}

function within<Row>(rows: readonly Row[], limit: number, { subject, amount }: SetRules<Row>): Row[] {
  const most = new Map<string, number>();
  for (const row of rows) {
    if (amount(row) <= limit) most.set(subject(row), Math.max(amount(row), most.get(subject(row)) ?? 0));
  }
  return rows.filter((row) => amount(row) === most.get(subject(row)));
}

function isPart(rows: readonly { readonly id: number }[], others: readonly { readonly id: number }[]): boolean {
  const ids = new Set(others.map(({ id }) => id));
  return rows.length < ids.size && rows.every(({ id }) => ids.has(id));
}

/**
 * Returns the set that was asked for, otherwise the one with most of what the last job made or found already made,
 * otherwise the newest.
 */
export function shownSet<One extends { readonly key: string; readonly rows: readonly { readonly id: number }[] }>(
  sets: readonly One[],
  key: string | null,
  lastIds: readonly number[],
): One | undefined {
  const wanted = new Set(lastIds);
  const held = ({ rows }: One): number => rows.filter(({ id }) => wanted.has(id)).length;
  return sets.find((set) => set.key === key) ?? sets.toSorted((a, b) => held(b) - held(a))[0];
}
