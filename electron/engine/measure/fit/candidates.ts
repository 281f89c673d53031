// The files that fit a memory budget, as far as one of them may be the best: for each type the one with as many experts as fit, and
// where that is asked for the same with fewer active experts.
// Sizes are asked for, nothing is computed or written.

/** What a file takes. */
export type FileSize = {
  readonly bytes: number;
  /** Weights, key-value cache and compute buffers of a conversation. */
  readonly memoryBytes: number;
};

export type FileKind<Type> = {
  /** Experts kept a layer. */
  readonly keep: number;
  /** That the weights are quantised to; null: as they are. */
  readonly type: Type | null;
  /** Experts that a token passes; null: as many as in the source model. */
  readonly activeExperts: number | null;
};

export type Candidate<Type> = FileSize &
  FileKind<Type> & {
    /** The candidate before it on the way to more bits and fewer experts, or to fewer active ones; null: the way begins with it. */
    readonly after: number | null;
  };

export type CandidateOptions<Type> = {
  readonly budgetBytes: number;
  readonly types: readonly (Type | null)[];
  /** That may be kept, ascending; the last one is all of them. */
  readonly counts: readonly number[];
  /** Counts of active experts, the most first; null, the source model's own, before all. At least one. */
  readonly actives: readonly (number | null)[];
  readonly sizeOf: (file: FileKind<Type>) => Promise<FileSize>;
};

/** Files with all experts that are compared: the largest ones are not always the best ones. */
const MOST_PLAIN = 2;

/**
 * Files with all experts come first, the largest before the others. Smaller ones than these are left out, since there is room for
 * better ones: the model as it is where that fits. Then the files with fewer experts, from the type with the fewest bits on. At the
 * end all of them with each lower count of active experts.
 * @returns none where not even the fewest experts of the smallest type fit
 */
export async function candidatesFor<Type>(options: CandidateOptions<Type>): Promise<Candidate<Type>[]> {
  const files = await withMostActive(options);
  const lowered: Candidate<Type>[] = [];
  for (const [first, { keep, type, activeExperts }] of files.entries()) {
    let after = first;
    for (const active of options.actives) {
      if (active === null || active === activeExperts) continue;
      const file = { keep, type, activeExperts: active };
      lowered.push({ ...file, ...(await options.sizeOf(file)), after });
      after = files.length + lowered.length - 1;
    }
  }
  return [...files, ...lowered];
}

/** Those with all experts have all active ones, the others the most that are considered. */
async function withMostActive<Type>(options: CandidateOptions<Type>): Promise<Candidate<Type>[]> {
  const { types, counts, budgetBytes, sizeOf } = options;
  const all = counts.at(-1);
  if (all === undefined) return [];
  const whole = [];
  for (const type of types) {
    const file = { keep: all, type, activeExperts: null };
    whole.push({ ...file, ...(await sizeOf(file)) });
  }
  whole.sort((a, b) => b.bytes - a.bytes);
  const plain = whole.filter(({ memoryBytes }) => memoryBytes <= budgetBytes).slice(0, MOST_PLAIN);
  if (plain[0]?.type === null) return [{ ...plain[0], after: null }];
  const candidates: Candidate<Type>[] = plain.map((file) => ({ ...file, after: null }));
  let after: number | null = null;
  for (const { type, bytes, memoryBytes } of whole.toReversed()) {
    if (memoryBytes <= budgetBytes) continue;
    const file = await largestFitting(type, { bytes, memoryBytes }, options);
    if (file === null) continue;
    candidates.push({ ...file, after });
    after = candidates.length - 1;
  }
  return candidates;
}

/**
 * The file of a type with the most experts that fit. Sizes grow with the count, almost in proportion: where a straight line between two
 * of them meets the budget, the count is found or close.
 * @param whole size of the file with all experts, which does not fit
 */
async function largestFitting<Type>(
  type: Type | null,
  whole: FileSize,
  { counts, actives: [activeExperts = null], budgetBytes, sizeOf }: CandidateOptions<Type>,
): Promise<Omit<Candidate<Type>, 'after'> | null> {
  const memoryOf = async (at: number): Promise<{ readonly at: number; readonly size: FileSize }> => {
    return { at, size: await sizeOf({ keep: counts[at]!, type, activeExperts }) };
  };
  let high = { at: counts.length - 1, size: whole };
  if (high.at === 0) return null;
  let low = await memoryOf(0);
  if (low.size.memoryBytes > budgetBytes) return null;
  while (high.at - low.at > 1) {
    const share = (budgetBytes - low.size.memoryBytes) / (high.size.memoryBytes - low.size.memoryBytes);
    const guess = low.at + Math.floor(share * (high.at - low.at));
    const middle = await memoryOf(Math.min(high.at - 1, Math.max(low.at + 1, guess)));
    if (middle.size.memoryBytes <= budgetBytes) low = middle;
    else high = middle;
  }
  return { keep: counts[low.at]!, type, activeExperts, ...low.size };
}
