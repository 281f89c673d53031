// What all views of a selection's proof have in common: its variants, and what was measured of its model.
import { useMemo } from 'react';
import type { Evaluation } from '../../../../electron/contract/api/evaluations.ts';
import type { Generation } from '../../../../electron/contract/api/generations.ts';
import type { Selection } from '../../../../electron/contract/api/selections.ts';
import { useCall } from '../../../state/calls.ts';
import { useTrailDomain, useTrailExport } from '../../../state/trail-items.ts';
import { useProveChoices } from './prove-choices.ts';
import { isFullModel, isReference, variantKey, variantOptions, type VariantOption } from './variants.ts';

export type ProofVariant = VariantOption & { readonly isChosen: boolean };

export type Proof = {
  readonly selection: Selection;
  /** The domains that the selection is for. */
  readonly domains: readonly string[];
  readonly variants: readonly ProofVariant[];
  /** Measurements of the selection's model on texts, the newest first. */
  readonly evaluations: readonly Evaluation[];
  /** What the model and its variants wrote, the newest first. */
  readonly generations: readonly Generation[];
  /** Other choices of the model that were measured on texts, by name. */
  readonly others: readonly string[];
};

const NO_SELECTIONS: readonly Selection[] = [];
const NO_EVALUATIONS: readonly Evaluation[] = [];
const NO_GENERATIONS: readonly Generation[] = [];

export function useProof(selection: Selection): Proof {
  const file = useTrailExport();
  const domain = useTrailDomain();
  const exports = useCall('exports.list', {}).data;
  const selections = useCall('selections.list', { modelId: null }).data ?? NO_SELECTIONS;
  const allEvaluations = useCall('evaluations.list', {}).data ?? NO_EVALUATIONS;
  const allGenerations = useCall('generations.list', {}).data ?? NO_GENERATIONS;
  const chosen = useProveChoices(({ variants }) => variants);
  return useMemo(() => {
    type OfModel = Pick<Evaluation, 'modelId' | 'modelName'>;
    const isOfModel = (row: OfModel): boolean =>
      (row.modelId ?? row.modelName) === (selection.modelId ?? selection.modelName);
    const evaluations = allEvaluations.filter(isOfModel);
    const generations = allGenerations.filter(isOfModel);
    const measured = [
      ...evaluations.filter((row) => !isReference(row)),
      ...generations.filter((row) => !isFullModel(row)),
    ];
    const measuredKeys = new Set(measured.map(variantKey));
    const options = variantOptions(selection, exports ?? [], file, measured);
    // a written file replaces its preview
    const isWritten = options.some(({ kind, isOwn }) => isOwn && kind === 'file');
    const isUsual = ({ key, kind, isOwn, variant }: VariantOption): boolean =>
      isOwn &&
      (measuredKeys.has(key) ||
        (kind === 'preview' && !isWritten) ||
        (variant.kind === 'model' && variant.modelId === file?.modelId));
    return {
      selection,
      // a choice may not say which domain it is for
      domains: selection.domains.length > 0 || domain === null ? selection.domains : [domain.name],
      variants: options.map((option) => ({
        ...option,
        isChosen: chosen[option.key] ?? isUsual(option),
      })),
      evaluations,
      generations,
      others: measuredOthers(
        new Set(options.flatMap(({ isOwn, key }) => (isOwn ? [key] : []))),
        evaluations,
        selections,
      ),
    };
  }, [selection, file, domain, exports, selections, allEvaluations, allGenerations, chosen]);
}

/** @param own keys of the selection's variants */
function measuredOthers(
  own: ReadonlySet<string>,
  evaluations: readonly Evaluation[],
  selections: readonly Selection[],
): string[] {
  const rows = evaluations.filter((row) => !isReference(row) && !own.has(variantKey(row)));
  const nameOf = ({ selectionHash, label }: Evaluation): string =>
    selections.find((other) => other.hash === selectionHash)?.name ?? label;
  return [...new Set(rows.map(nameOf))];
}

/** Returns the variants that are shown where they were measured: of other choices only those that the user chose. */
export function ownAndChosen(variants: readonly ProofVariant[]): readonly ProofVariant[] {
  return variants.filter(({ isOwn, isChosen }) => isOwn || isChosen);
}

/** Returns the chosen variants that can still be measured. */
export function wantedVariants(variants: readonly ProofVariant[]): ProofVariant['variant'][] {
  return variants.flatMap(({ isChosen, kind, variant }) => (isChosen && kind !== 'gone' ? [variant] : []));
}
