// What can be measured besides the full model: the selection's preview, and written files.
import type { Evaluation, Variant } from '../../../../electron/contract/api/evaluations.ts';
import type { Export } from '../../../../electron/contract/api/exports.ts';
import type { Generation } from '../../../../electron/contract/api/generations.ts';
import type { Selection } from '../../../../electron/contract/api/selections.ts';
import type { Criterion } from '../../../../electron/contract/criteria.ts';
import { isFileOf } from '../../../state/choosing.ts';

export type VariantOption = {
  readonly key: string;
  readonly variant: Variant;
  /** `gone`: only its figures exist. */
  readonly kind: 'preview' | 'file' | 'gone';
  /** It belongs to the selection: figures of anything else say nothing about it. */
  readonly isOwn: boolean;
  /** The criterion that chose the preview's experts; null: not known. */
  readonly criterion: Criterion | null;
  /** Name of the file; if it has gone, the engine's label for it. */
  readonly name: string;
};

/** Something that was measured, or can be. */
type Subject = Pick<Evaluation, 'variant' | 'selectionHash'>;

/**
 * Returns a key that is equal for variants that compute the same: a file as long as it holds the same experts, and the
 * preview of a choice, through whichever selection of the same experts it was measured.
 */
export function variantKey({ variant, selectionHash }: Subject): string {
  if (variant.kind === 'model') return `model ${variant.modelId} ${selectionHash ?? ''}`.trimEnd();
  return `preview ${selectionHash ?? `of ${variant.selectionId}`}`;
}

/** Whether it is the reference of the others, which is compared with nothing. */
export function isReference({ klMean }: Pick<Evaluation, 'klMean'>): boolean {
  return klMean === null;
}

/** The same for what models wrote. */
export function isFullModel({ againstFull }: Pick<Generation, 'againstFull'>): boolean {
  return againstFull === null;
}

/**
 * Returns the selection's own variants, followed by files of other choices of its model.
 * @param first the export whose file comes before the others; null: none
 * @param measured everything but the full model's
 */
export function variantOptions(
  selection: Selection,
  exports: readonly Export[],
  first: Export | null,
  measured: readonly Pick<Evaluation, 'variant' | 'selectionHash' | 'label'>[],
): readonly VariantOption[] {
  const preview: Subject = { variant: { kind: 'preview', selectionId: selection.id }, selectionHash: selection.hash };
  const files = filesOf(selection, exports, first);
  const own: VariantOption[] = [
    {
      variant: preview.variant,
      key: variantKey(preview),
      kind: 'preview',
      isOwn: true,
      criterion: selection.criterion,
      name: '',
    },
    ...files.filter(({ isOwn }) => isOwn),
  ];
  const known = new Set(own.map(({ key }) => key));
  const gone = new Map<string, VariantOption>();
  for (const { label, ...subject } of measured) {
    const key = variantKey(subject);
    if (subject.selectionHash !== selection.hash || known.has(key) || gone.has(key)) continue;
    gone.set(key, { variant: subject.variant, key, kind: 'gone', isOwn: true, criterion: null, name: label });
  }
  return [...own, ...gone.values(), ...files.filter(({ isOwn }) => !isOwn)];
}

/** Returns the existing files that were written from the selection's model, each once. */
function filesOf(selection: Selection, exports: readonly Export[], first: Export | null): VariantOption[] {
  const ordered = exports.toSorted((a, b) => Number(b.id === first?.id) - Number(a.id === first?.id));
  const files = new Map<string, VariantOption>();
  for (const file of ordered) {
    const { state, sourceModelId, modelId, selectionHash, displayPath } = file;
    const isOfTheModel = sourceModelId !== null && sourceModelId === selection.modelId;
    if (!isOfTheModel || state !== 'done' || modelId === null || files.has(modelId)) continue;
    const name = displayPath.split(/[\\/]/).at(-1) ?? displayPath;
    const variant: Variant = { kind: 'model', modelId };
    const key = variantKey({ variant, selectionHash });
    files.set(modelId, { variant, key, kind: 'file', isOwn: isFileOf(file, selection), criterion: null, name });
  }
  return [...files.values()];
}
