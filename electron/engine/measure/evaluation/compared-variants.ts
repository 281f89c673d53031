// Turns what the page wants measured into a request that a job can carry out later: models by path, selections by their experts.
import type { Variant } from '../../../contract/api/evaluations.ts';
import type { Criterion } from '../../../contract/criteria.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import { say } from '../../../contract/sentences.ts';
import { canonicalJson } from '../../base/files/canonical-json.ts';
import type { Library } from '../../models/library/library.ts';
import { pathOfStoredModel } from '../../models/library/stored-models.ts';
import { chooseFromRuns, type ChooserTools } from '../../experts/selections/scores-of-runs.ts';
import { selectionHash } from '../../experts/selection/selection.ts';
import { domainsOf, selectionState, requireSelection, settingsOf } from '../../experts/selections/selection-view.ts';
import type { Store } from '../../store/database.ts';
import { fileAsItIs, type Compared, type ComparisonRequest } from './comparison-request.ts';

type Preview = Extract<Variant, { kind: 'preview' }>;

/** Where variants are looked up: files in the library, and selections with the runs that they were chosen from. */
export type VariantSources = {
  readonly store: Store;
  readonly library: Library;
  readonly chooser: ChooserTools;
};

/**
 * The full model and its distinct variants, in a form that a job can use.
 * @throws WinnowError USAGE: something was deleted; FILE_NOT_FOUND: a model is gone; from choosing in another way; the
 * signal's reason
 */
export async function comparedModels(
  sources: VariantSources,
  { against, variants }: { readonly against: string; readonly variants: readonly Variant[] },
  signal: AbortSignal,
): Promise<Pick<ComparisonRequest, 'variants'> & { readonly full: Compared; readonly fullName: string }> {
  const fullName = sources.library.entry(against).name;
  const full = { ...modelOf(sources, against), label: `${fullName}, full` };
  const distinct = new Map(variants.map((variant) => [canonicalJson(variant), variant]));
  distinct.delete(canonicalJson(full.variant));
  const compared: Compared[] = [];
  for (const variant of distinct.values()) {
    compared.push(
      variant.kind === 'model' ? modelOf(sources, variant.modelId) : await previewOf(sources, variant, signal),
    );
  }
  return { full, fullName, variants: compared };
}

function modelOf({ library }: VariantSources, modelId: string): Compared {
  const { name } = library.entry(modelId);
  return { ...fileAsItIs(library.path(modelId)), variant: { kind: 'model', modelId }, label: name };
}

async function previewOf(sources: VariantSources, variant: Preview, signal: AbortSignal): Promise<Compared> {
  const planned = requireSelection(sources.store, variant.selectionId);
  const { selection, model } = planned;
  const { name, keep, nExpert, request } = selectionState(planned);
  const { criterion } = selection;
  const { grouping, activeExperts } = settingsOf(selection);
  const domains = domainsOf(selection);
  let kept: KeptExperts = selection.kept;
  if (variant.criterion !== null || variant.keep !== null || variant.mix !== null) {
    if (!request) {
      throw new WinnowError('USAGE', say('notFromRuns', { name }), { selectionId: selection.id });
    }
    const other = {
      ...request,
      criterion: variant.criterion ?? request.criterion,
      // as many experts as in the selection, even if it was made for a memory size
      keep: { kind: 'count', count: variant.keep ?? keep } as const,
      mix: variant.mix ?? request.mix,
    };
    kept = (await chooseFromRuns(other, sources.chooser, signal)).kept;
  }
  return {
    variant,
    label: labelOf(variant, { name, criterion, nExpert }),
    path: pathOfStoredModel(sources.library, model),
    fingerprint: model.fingerprint,
    kept,
    grouping,
    activeExperts,
    selectionHash: selectionHash(model.info, { kept, grouping, activeExperts }),
    selectionId: selection.id,
    domains: domains.length > 0 ? domains : null,
  };
}

/** "python 16/32, easy-ep, preview", or "python 16/32, frequency, 8/32, max-min, preview" if experts are chosen anew. */
function labelOf(
  { criterion, keep, mix }: Preview,
  selection: { readonly name: string; readonly criterion: Criterion | null; readonly nExpert: number },
): string {
  const count = keep === null ? null : `${keep}/${selection.nExpert}`;
  const mixed = Array.isArray(mix) ? 'weights' : mix;
  return [selection.name, criterion ?? selection.criterion, count, mixed, 'preview']
    .filter((part) => part !== null)
    .join(', ');
}
