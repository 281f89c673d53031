// From what the page wants measured to what a job can take up later: models by path, plans by their experts.
import type { Variant } from '../../contract/api/evaluations.ts';
import type { Criterion } from '../../contract/criteria.ts';
import { WinnowError } from '../../contract/errors.ts';
import { canonicalJson } from '../files/canonical-json.ts';
import type { Library } from '../library/library.ts';
import { pathOfStoredModel } from '../library/stored-models.ts';
import { chooseFromRuns, type ChooserTools } from '../plans/choose-from-runs.ts';
import { domainsOf, planView, requirePlan, settingsOf } from '../plans/plan-view.ts';
import type { Store } from '../store/database.ts';
import { listExports } from '../store/exports.ts';
import type { Compared, ComparisonRequest } from './comparison-request.ts';

type Preview = Extract<Variant, { kind: 'preview' }>;

/** Where variants are found: files in the library, and plans with the runs that they were chosen from. */
export type VariantSources = {
  readonly store: Store;
  readonly library: Library;
  readonly chooser: ChooserTools;
};

/**
 * The full model and its variants, each once, as a job finds them.
 * @throws WinnowError USAGE: something was deleted; FILE_NOT_FOUND: a model is gone; of choosing in another way; the
 * signal's reason
 */
export async function comparedModels(
  sources: VariantSources,
  { against, variants }: { readonly against: string; readonly variants: readonly Variant[] },
  signal: AbortSignal,
): Promise<Pick<ComparisonRequest, 'full' | 'fullName' | 'variants'>> {
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

/** A file as it is. One that Winnow wrote belongs to the plan that it was written from. */
function modelOf(sources: VariantSources, modelId: string): Compared {
  const path = sources.library.path(modelId);
  const { name } = sources.library.entry(modelId);
  const written = listExports(sources.store).find(
    (row) => row.state === 'done' && sources.library.idOf(row.outputPath) === modelId,
  );
  const { planId = null, domains = [] } = written?.plan ?? {};
  return {
    variant: { kind: 'model', modelId },
    label: name,
    path,
    fingerprint: null,
    kept: null,
    grouping: 'ungrouped',
    planId,
    domains: domains.length > 0 ? domains : null,
  };
}

async function previewOf(sources: VariantSources, variant: Preview, signal: AbortSignal): Promise<Compared> {
  const planned = requirePlan(sources.store, variant.planId);
  const { plan, model } = planned;
  const { name, criterion, keep, nExpert } = planView(planned, null);
  const { selection, grouping } = settingsOf(plan);
  const domains = domainsOf(plan);
  let kept: readonly (readonly number[])[] = plan.kept;
  if (variant.criterion !== null || variant.keep !== null || variant.mix !== null) {
    if (!selection) {
      throw new WinnowError(
        'USAGE',
        `"${name}" was not chosen from score runs, so it cannot be chosen in another way. Save a plan from a run first.`,
        { planId: plan.id },
      );
    }
    const other = {
      ...selection,
      criterion: variant.criterion ?? selection.criterion,
      // as many experts as the plan, also where it was to fit a memory size
      keep: { kind: 'count', count: variant.keep ?? keep } as const,
      mix: variant.mix ?? selection.mix,
    };
    kept = (await chooseFromRuns(other, sources.chooser, signal)).choice.kept;
  }
  return {
    variant,
    label: labelOf(variant, { name, criterion, nExpert }),
    path: pathOfStoredModel(sources.library, model),
    fingerprint: model.fingerprint,
    kept: kept.map((experts) => [...experts]),
    grouping,
    planId: plan.id,
    domains: domains.length > 0 ? domains : null,
  };
}

/** "python 16/32, easy-ep, preview", or "python 16/32, frequency, 8/32, max-min, preview" where it is chosen anew. */
function labelOf(
  { criterion, keep, mix }: Preview,
  plan: { readonly name: string; readonly criterion: Criterion | null; readonly nExpert: number },
): string {
  const count = keep === null ? null : `${keep}/${plan.nExpert}`;
  const mixed = Array.isArray(mix) ? 'weights' : mix;
  return [plan.name, criterion ?? plan.criterion, count, mixed, 'preview'].filter((part) => part !== null).join(', ');
}
