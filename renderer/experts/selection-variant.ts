// A selection measured as it is, in contrast to other choices that start from it.
import type { Variant } from '../../electron/contract/api/evaluations.ts';

type Preview = Extract<Variant, { kind: 'preview' }>;

/** Returns the selection's model with the dropped experts masked. */
export function selectionItself(selectionId: number): Preview {
  return { kind: 'preview', selectionId, criterion: null, keep: null, mix: null };
}

/** Whether the variant is the selection itself, not one with another criterion, count or mix. */
export function isSelectionItself(variant: Variant): variant is Preview {
  return variant.kind === 'preview' && variant.criterion === null && variant.keep === null && variant.mix === null;
}
