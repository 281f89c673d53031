// Lists the files that fit a memory budget and may be the best: mixes; for each of llama.cpp's own mixtures, the file with as many experts
// as fit.
// Only sizes are looked up; nothing is computed or written.

import { isSource } from '../../../contract/fit.ts';
import { TENSOR_CLASSES, type Mix } from '../../../contract/mix.ts';
import type { QuantType } from '../../../contract/quantise.ts';

/** How much space a file takes. */
export type FileSize = {
  readonly bytes: number;
  /** Weights, key-value cache and compute buffers of a conversation. */
  readonly memoryBytes: number;
};

export type FileKind<Type> = {
  /** Experts kept per layer. */
  readonly keep: number;
  /** Type that the weights are quantised to; null: unchanged. */
  readonly type: Type | null;
  /** A type for each class of tensors; the header then says `type`. null: llama.cpp's own mixture for `type`. */
  readonly mix: Mix | null;
  /** The share of its neurons that every kept expert keeps; null: all. */
  readonly width: number | null;
};

export type Candidate<Type> = FileSize &
  FileKind<Type> & {
    /**
     * The previous candidate of its family, in the direction of more bits and fewer experts; null: it is the first.
     */
    readonly after: number | null;
  };

export type CandidateOptions<Type> = {
  readonly budgetBytes: number;
  readonly types: readonly (Type | null)[];
  /** Counts of experts that may be kept, ascending; the last one is all of them. */
  readonly counts: readonly number[];
  readonly sizeOf: (file: FileKind<Type>) => Promise<FileSize>;
  /** Files that fit and are always compared. */
  readonly mixes: readonly (FileSize & FileKind<Type>)[];
  /** The family of a type. Within a family, loss grows with fewer bits; results in one family say nothing about another. */
  readonly familyOf: (type: Type | null) => string;
  /** The expected loss of a file. */
  readonly lossOf: (file: Pick<FileKind<Type>, 'keep' | 'type'>) => number;
  /** A file in one of llama.cpp's own mixtures whose expected loss is larger cannot be the best. */
  readonly mostLoss: number;
};

/** Number of files with all experts that are compared in addition to mixes: the largest ones are not always the best. */
const MOST_PLAIN = 2;

/**
 * Lists the candidates: first the mixes, then the files with all experts and the smallest expected loss, then those with fewer experts,
 * in each family from the fewest bits up. A model that fits unchanged is the only candidate.
 * @returns empty: not even the fewest experts in the smallest type fit
 */
export async function candidatesFor<Type>(options: CandidateOptions<Type>): Promise<Candidate<Type>[]> {
  const { types, counts, budgetBytes, sizeOf, mixes, familyOf, lossOf, mostLoss } = options;
  const all = counts.at(-1);
  if (all === undefined) return [];
  const whole = [];
  for (const type of types) {
    const file = { keep: all, type, mix: null, width: null };
    if (lossOf(file) > mostLoss) continue; // with fewer experts it would lose even more
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
 * Finds the file of a type with the most experts that fits. Sizes grow almost in proportion to the count, so the point where a straight
 * line between two sizes meets the budget is close to the right count.
 * @param whole size of the file with all experts, which does not fit
 */
async function largestFitting<Type>(
  type: Type | null,
  whole: FileSize,
  { counts, budgetBytes, sizeOf }: CandidateOptions<Type>,
): Promise<Omit<Candidate<Type>, 'after'> | null> {
  const memoryOf = async (at: number): Promise<{ readonly at: number; readonly size: FileSize }> => {
    return { at, size: await sizeOf({ keep: counts[at]!, type, mix: null, width: null }) };
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
  return { keep: counts[low.at]!, type, mix: null, width: null, ...low.size };
}

/** Number of experts in the most promising file with fewer than all; null: there is none. */
export function promisingCount(
  candidates: readonly Pick<Candidate<unknown>, 'keep'>[],
  { nExpert }: { readonly nExpert: number },
): number | null {
  return candidates.find(({ keep }) => keep < nExpert)?.keep ?? null;
}

/** The candidates that need a file of their own: the source model exists. */
export function filesToMake(
  candidates: readonly Candidate<QuantType>[],
  nExpert: number,
): readonly Candidate<QuantType>[] {
  return candidates.filter((file) => !isSource(file, nExpert));
}

/** A name by all that a file is made of; suitable as a file name. */
export function nameOf({ keep, type, mix, width }: FileKind<string>): string {
  const types = mix === null ? [] : TENSOR_CLASSES.map((ofClass) => mix[ofClass] ?? 'none');
  return [keep, ...(width === null ? [] : [`at-${width}`]), type ?? 'source', ...types].join('-');
}
