// A selection that is measured as it is, among other choices that start from it.
import type { Variant } from '../../electron/contract/api/evaluations.ts';

type Preview = Extract<Variant, { kind: 'preview' }>;

/** The selection's model with its dropped experts masked. */
export function selectionItself(selectionId: number): Preview {
  return { kind: 'preview', selectionId, criterion: null, keep: null, mix: null };
}

/** Not what else might have been chosen: by another criterion, with another count, or mixed in another way. */
export function isSelectionItself(variant: Variant): variant is Preview {
  return variant.kind === 'preview' && variant.criterion === null && variant.keep === null && variant.mix === null;
}
