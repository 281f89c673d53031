// What can be measured beside the full model: the selection's preview, and files that were written.
import type { Evaluation, Variant } from '../../../../electron/contract/api/evaluations.ts';
import type { Export } from '../../../../electron/contract/api/exports.ts';
import type { Generation } from '../../../../electron/contract/api/generations.ts';
import type { Selection } from '../../../../electron/contract/api/selections.ts';
import type { Criterion } from '../../../../electron/contract/criteria.ts';
import { isSelectionItself, selectionItself } from '../../../experts/selection-variant.ts';

export type VariantOption = {
  readonly key: string;
  readonly variant: Variant;
  /** `gone`: only its figures are left. */
  readonly kind: 'preview' | 'file' | 'gone';
  /** By which the preview's experts are chosen; null: not known. */
  readonly criterion: Criterion | null;
  /** Of a file; what the engine called it where it is gone. */
  readonly name: string;
};

export function variantKey(variant: Variant): string {
  if (variant.kind === 'model') return `model ${variant.modelId}`;
  const { selectionId, criterion, keep, mix } = variant;
  return ['preview', selectionId, criterion, keep, mix?.toString()].join(' ').trimEnd();
}

/** The reference of the others: it is compared with nothing. */
export function isReference({ klMean }: Pick<Evaluation, 'klMean'>): boolean {
  return klMean === null;
}

/** The same of what models wrote. */
export function isFullModel({ againstFull }: Pick<Generation, 'againstFull'>): boolean {
  return againstFull === null;
}

/**
 * In the order in which they are shown.
 * @param first the export whose file comes before the others; null: none
 * @param measured all but the full model's
 */
export function variantOptions(
  selection: Selection,
  exports: readonly Export[],
  first: Export | null,
  measured: readonly Pick<Evaluation, 'variant' | 'selectionId' | 'label'>[],
): readonly VariantOption[] {
  const options = [
    option(selectionItself(selection.id), 'preview', selection.criterion),
    ...filesOf(selection, exports, first),
  ];
  const known = new Set(options.map(({ key }) => key));
  const gone = new Map<string, VariantOption>();
  for (const { variant, selectionId, label } of measured) {
    const key = variantKey(variant);
    if (selectionId !== selection.id || known.has(key) || gone.has(key)) continue;
    // what else might have been chosen is compared for itself
    if (variant.kind === 'preview' && !isSelectionItself(variant)) continue;
    gone.set(key, { key, variant, kind: 'gone', criterion: null, name: label });
  }
  return [...options, ...gone.values()];
}

function option(variant: Variant, kind: VariantOption['kind'], criterion: Criterion | null, name = ''): VariantOption {
  return { key: variantKey(variant), variant, kind, criterion, name };
}

/** Files that were written from the selection's model and are still there, each once. */
function filesOf(selection: Selection, exports: readonly Export[], first: Export | null): VariantOption[] {
  const ordered = exports.toSorted((a, b) => Number(b.id === first?.id) - Number(a.id === first?.id));
  const files = new Map<string, VariantOption>();
  for (const { state, sourceModelId, modelId, displayPath } of ordered) {
    const isOfTheModel = sourceModelId !== null && sourceModelId === selection.modelId;
    if (!isOfTheModel || state !== 'done' || modelId === null || files.has(modelId)) continue;
    const name = displayPath.split(/[\\/]/).at(-1) ?? displayPath;
    files.set(modelId, option({ kind: 'model', modelId }, 'file', null, name));
  }
  return [...files.values()];
}
