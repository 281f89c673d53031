// How many experts fit a memory budget.
import { displayBytes } from '../../../contract/display-bytes.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';

/** The memory that a model needs, as a function of the number of kept experts. */
export type MemoryFacts = {
  /** The unpruned model's weights. */
  readonly fullBytes: number;
  /** The part of `fullBytes` that shrinks with the number of experts, over all layers. */
  readonly expertBytes: number;
  readonly nExpert: number;
  readonly kvBytes: number;
  /** Compute buffers and other overhead. */
  readonly computeBytes: number;
};

type BudgetOptions = MemoryFacts & {
  readonly budgetBytes: number;
  /** The smallest count that may be kept; with balanced groups, pass the larger of it and 2 per group. */
  readonly nExpertUsed: number;
  /** K must be a multiple of this: the number of balanced groups, or the experts per block. 1 by default. */
  readonly unit?: number;
};

/** Weights of the model with `keep` experts per layer: (fullBytes − expertBytes) + keep · expertBytes / nExpert. */
export function weightBytes(
  { fullBytes, expertBytes, nExpert }: Pick<MemoryFacts, 'fullBytes' | 'expertBytes' | 'nExpert'>,
  keep: number,
): number {
  return fullBytes - expertBytes + keptBytes({ expertBytes, nExpert }, keep);
}

/** keep · expertBytes / nExpert, exact even if that product exceeds exact numbers, as in models of terabytes. */
export function keptBytes(
  { expertBytes, nExpert }: Pick<MemoryFacts, 'expertBytes' | 'nExpert'>,
  keep: number,
): number {
  return keep * Math.floor(expertBytes / nExpert) + Math.ceil((keep * (expertBytes % nExpert)) / nExpert);
}

/** Memory of the model with `keep` experts per layer: its weights, kvBytes and computeBytes. */
export function memoryBytes(facts: MemoryFacts, keep: number): number {
  return weightBytes(facts, keep) + facts.kvBytes + facts.computeBytes;
}

/**
 * The largest K, a multiple of `unit` from `nExpertUsed` to `nExpert`, with which the model fits the budget;
 * `nExpert` means that nothing needs to be pruned.
 * @throws WinnowError SELECTION_IMPOSSIBLE when even the smallest K does not fit; the message says how much is
 * missing
 */
export function keepForBudget(options: BudgetOptions): number {
  const { budgetBytes, nExpert, nExpertUsed, unit = 1 } = options;
  const smallest = Math.min(Math.ceil(Math.max(nExpertUsed, 1) / unit) * unit, nExpert);
  if (memoryBytes(options, nExpert) <= budgetBytes) return nExpert;
  for (let keep = Math.floor(nExpert / unit) * unit; keep >= smallest; keep -= unit) {
    if (memoryBytes(options, keep) <= budgetBytes) return keep;
  }
  const neededBytes = memoryBytes(options, smallest);
  const missingBytes = neededBytes - budgetBytes;
  throw new WinnowError(
    'SELECTION_IMPOSSIBLE',
    say('budgetTooSmall', {
      smallest,
      nExpert,
      needed: displayBytes(neededBytes),
      missing: displayBytes(missingBytes),
      budget: displayBytes(budgetBytes),
    }),
    { smallestKeep: smallest, neededBytes, missingBytes, budgetBytes },
  );
}
