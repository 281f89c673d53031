// Turns what the page wants measured into a request that a job can carry out later: models by path, selections by their experts.
import type { Variant } from '../../../contract/api/evaluations.ts';
import { canonicalJson } from '../../base/files/canonical-json.ts';
import type { Library } from '../../models/library/library.ts';
import { pathOfStoredModel } from '../../models/library/stored-models.ts';
import {
  domainsOf,
  hashOf,
  requireSelection,
  selectionState,
  settingsOf,
} from '../../experts/selections/selection-view.ts';
import type { Store } from '../../store/database.ts';
import { fileAsItIs, type Compared, type ComparisonRequest } from './comparison-request.ts';

/** Where variants are looked up: files in the library, and selections. */
export type VariantSources = {
  readonly store: Store;
  readonly library: Library;
};

/**
 * The full model and its distinct variants, in a form that a job can use.
 * @throws WinnowError USAGE: something was deleted; FILE_NOT_FOUND: a model is gone
 */
export function comparedModels(
  sources: VariantSources,
  { against, variants }: { readonly against: string; readonly variants: readonly Variant[] },
): Pick<ComparisonRequest, 'variants'> & { readonly full: Compared; readonly fullName: string } {
  const fullName = sources.library.entry(against).name;
  const full = { ...modelOf(sources, against), label: `${fullName}, full` };
  const distinct = new Map(variants.map((variant) => [canonicalJson(variant), variant]));
  distinct.delete(canonicalJson(full.variant));
  const compared = [...distinct.values()].map((variant) =>
    variant.kind === 'model' ? modelOf(sources, variant.modelId) : previewOf(sources, variant),
  );
  return { full, fullName, variants: compared };
}

function modelOf({ library }: VariantSources, modelId: string): Compared {
  const { name } = library.entry(modelId);
  return { ...fileAsItIs(library.path(modelId)), variant: { kind: 'model', modelId }, label: name };
}

function previewOf({ store, library }: VariantSources, variant: Extract<Variant, { kind: 'preview' }>): Compared {
  const planned = requireSelection(store, variant.selectionId);
  const { selection, model } = planned;
  const { grouping, activeExperts } = settingsOf(selection);
  const domains = domainsOf(selection);
  return {
    variant,
    label: previewLabel(selectionState(planned).name, selection.criterion),
    path: pathOfStoredModel(library, model),
    fingerprint: model.fingerprint,
    kept: selection.kept,
    grouping,
    activeExperts,
    selectionHash: hashOf(planned),
    selectionId: selection.id,
    domains: domains.length > 0 ? domains : null,
  };
}

/** "python 16/32, easy-ep, preview". */
export function previewLabel(name: string, criterion: string | null): string {
  return [name, criterion, 'preview'].filter((part) => part !== null).join(', ');
}
