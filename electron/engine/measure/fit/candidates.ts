// The files that fit a memory budget, as far as one of them may be the best: mixes, for each of llama.cpp's own mixtures the file with
// as many experts as fit, and where that is asked for the same with fewer active experts.
// Sizes are asked for, nothing is computed or written.

import { TENSOR_CLASSES, type Mix } from '../../../contract/mix.ts';

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
  /** A type for each class of tensors, whose header says `type`; null: that type's own mixture. */
  readonly mix: Mix | null;
  /** Experts that a token passes; null: as many as in the source model. */
  readonly activeExperts: number | null;
  /** The share of its neurons that every kept expert has; null: all. */
  readonly width: number | null;
};

export type Candidate<Type> = FileSize &
  FileKind<Type> & {
    /**
     * The candidate of its family before it on the way to more bits and fewer experts, or to fewer active ones; null: the way begins
     * with it.
     */
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
  /** Files that fit and are compared whatever else is. */
  readonly mixes: readonly (FileSize & FileKind<Type>)[];
  /** Types of one family lose more and more with fewer bits: what one of them shows says nothing of another family. */
  readonly familyOf: (type: Type | null) => string;
  /** What a file is expected to lose. */
  readonly lossOf: (file: Pick<FileKind<Type>, 'keep' | 'type'>) => number;
  /** A file of a type's own mixture that is expected to lose more cannot be the best. */
  readonly mostLoss: number;
};

/** Files with all experts that are compared beside a mix: the largest ones are not always the best ones. */
const MOST_PLAIN = 2;

/**
 * The mixes come first. Then the files with all experts that are expected to lose least, and those with fewer experts, of each family
 * of types from the one with the fewest bits on. At the end all of them with each lower count of active experts. A model that fits as
 * it is stands alone.
 * @returns none where not even the fewest experts of the smallest type fit
 */
export async function candidatesFor<Type>(options: CandidateOptions<Type>): Promise<Candidate<Type>[]> {
  const files = await withMostActive(options);
  const lowered: Candidate<Type>[] = [];
  for (const [first, { keep, type, mix, activeExperts, width }] of files.entries()) {
    let after = first;
    for (const active of options.actives) {
      if (active === null || active === activeExperts) continue;
      const file = { keep, type, mix, activeExperts: active, width };
      lowered.push({ ...file, ...(await options.sizeOf(file)), after });
      after = files.length + lowered.length - 1;
    }
  }
  return [...files, ...lowered];
}

/** Those with all experts have all active ones, the others the most that are considered. */
async function withMostActive<Type>(options: CandidateOptions<Type>): Promise<Candidate<Type>[]> {
  const { types, counts, budgetBytes, sizeOf, mixes, familyOf, lossOf, mostLoss } = options;
  const all = counts.at(-1);
  if (all === undefined) return [];
  const whole = [];
  for (const type of types) {
    const file = { keep: all, type, mix: null, activeExperts: null, width: null };
    if (lossOf(file) > mostLoss) continue; // with fewer experts it loses more
    whole.push({ ...file, ...(await sizeOf(file)) });
  }
  const fitting = whole.filter(({ memoryBytes }) => memoryBytes <= budgetBytes);
  const asItIs = fitting.find(({ type }) => type === null);
  if (asItIs) return [{ ...asItIs, after: null }];
  const plain = fitting.toSorted((a, b) => lossOf(a) - lossOf(b) || b.bytes - a.bytes).slice(0, MOST_PLAIN);
  const candidates: Candidate<Type>[] = [...mixes, ...plain].map((file) => ({ ...file, after: null }));
  const before = new Map<string, number>();
  for (const { type, bytes, memoryBytes } of whole.toSorted((a, b) => a.bytes - b.bytes)) {
    if (memoryBytes <= budgetBytes) continue;
    const file = await largestFitting(type, { bytes, memoryBytes }, options);
    if (file === null || lossOf(file) > mostLoss) continue;
    const family = familyOf(type);
    candidates.push({ ...file, after: before.get(family) ?? null });
    before.set(family, candidates.length - 1);
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
    return { at, size: await sizeOf({ keep: counts[at]!, type, mix: null, activeExperts, width: null }) };
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
  return { keep: counts[low.at]!, type, mix: null, activeExperts, width: null, ...low.size };
}

/** Experts kept in the most promising file with fewer than all; null: there is none. */
export function promisingCount(
  candidates: readonly Pick<Candidate<unknown>, 'keep'>[],
  { nExpert }: { readonly nExpert: number },
): number | null {
  return candidates.find(({ keep }) => keep < nExpert)?.keep ?? null;
}

/** Whether a candidate is the source model's own file, perhaps with fewer active experts: none is made for it. */
export function isSourceFile(
  { keep, type, width }: Pick<FileKind<string>, 'keep' | 'type' | 'width'>,
  nExpert: number,
): boolean {
  return keep === nExpert && type === null && width === null;
}

/** The files that have to be made for candidates: the source model is there, and one file serves all counts of active experts. */
export function filesToMake<Type extends string>(
  candidates: readonly Candidate<Type>[],
  { nExpert }: { readonly nExpert: number },
): readonly Candidate<Type>[] {
  const names = candidates.map(nameOf);
  return candidates.filter(
    (candidate, index) => !isSourceFile(candidate, nExpert) && names.indexOf(names[index]!) === index,
  );
}

/** One candidate among all of a search, also of another time. */
export function candidateId({ activeExperts, ...file }: FileKind<string>): string {
  return `${nameOf(file)}${activeExperts === null ? '' : `-${activeExperts}-active`}`;
}

/** The same for candidates that are one file but for their active experts; fit for a file's name. */
export function nameOf({ keep, type, mix, width }: Omit<FileKind<string>, 'activeExperts'>): string {
  const types = mix === null ? [] : TENSOR_CLASSES.map((ofClass) => mix[ofClass] ?? 'none');
  return [keep, ...(width === null ? [] : [`at-${width}`]), type ?? 'source', ...types].join('-');
}
