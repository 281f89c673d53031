// From what the page wants measured to a request that a job can take up later: models by path, plans by their experts.
import type { z } from 'zod';
import type { evaluationsCalls, Variant } from '../../contract/api/evaluations.ts';
import type { Criterion } from '../../contract/criteria.ts';
import { WinnowError } from '../../contract/errors.ts';
import type { Compared, ComparisonRequest } from '../evaluation/comparison-request.ts';
import { canonicalJson } from '../files/canonical-json.ts';
import { chooseFromRuns } from '../plans/choose-from-runs.ts';
import { domainsOf, planView, requirePlan, settingsOf } from '../plans/plan-view.ts';
import { listHeldOutTexts } from '../store/held-out-texts.ts';
import { listExports } from '../store/exports.ts';
import { chooserTools } from './plans-calls.ts';
import type { Services } from './services.ts';
import { readSettings } from './settings.ts';
import { pathOfModel } from './stored-models.ts';

type Preview = Extract<Variant, { kind: 'preview' }>;
type Params = z.output<(typeof evaluationsCalls)['evaluations.start']['params']>;

/** More are counted, not listed. */
const NAMED = 3;

/**
 * @returns the request, and what it works on, for people
 * @throws WinnowError USAGE: an odd context, or something that was deleted; FILE_NOT_FOUND: a model is gone; of choosing
 * by another criterion; the signal's reason
 */
export async function comparisonOf(
  services: Services,
  { against, variants, textIds, ctx, chunks }: Params,
  signal: AbortSignal,
): Promise<{ readonly request: ComparisonRequest; readonly subject: string }> {
  if (ctx % 2 !== 0)
    throw new WinnowError(
      'USAGE',
      `The context of ${ctx} tokens is odd: half of each chunk is scored. Take an even one.`,
      { ctx },
    );
  const models = await comparedModels(services, { against, variants }, signal);
  const { placement } = readSettings(services.context.store);
  const request = { ...models, textIds: [...new Set(textIds)], ctx, chunks, placement };
  return { request, subject: `${models.fullName} · ${textNames(services, request.textIds)}` };
}

/**
 * The full model and its variants, each once, as a job finds them.
 * @throws WinnowError USAGE: something was deleted; FILE_NOT_FOUND: a model is gone; of choosing in another way; the
 * signal's reason
 */
export async function comparedModels(
  services: Services,
  { against, variants }: Pick<Params, 'against' | 'variants'>,
  signal: AbortSignal,
): Promise<Pick<ComparisonRequest, 'full' | 'fullName' | 'variants'>> {
  const fullName = services.library.entry(against).name;
  const full = { ...modelOf(services, against), label: `${fullName}, full` };
  const distinct = new Map(variants.map((variant) => [canonicalJson(variant), variant]));
  distinct.delete(canonicalJson(full.variant));
  const compared: Compared[] = [];
  for (const variant of distinct.values()) {
    compared.push(
      variant.kind === 'model' ? modelOf(services, variant.modelId) : await previewOf(services, variant, signal),
    );
  }
  return { full, fullName, variants: compared };
}

/** A file as it is. One that Winnow wrote belongs to the plan that it was written from. */
function modelOf(services: Services, modelId: string): Compared {
  const path = services.library.path(modelId);
  const { name } = services.library.entry(modelId);
  const written = listExports(services.context.store).find(
    (row) => row.state === 'done' && services.library.idOf(row.outputPath) === modelId,
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

async function previewOf(services: Services, variant: Preview, signal: AbortSignal): Promise<Compared> {
  const planned = requirePlan(services.context.store, variant.planId);
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
    kept = (await chooseFromRuns(other, chooserTools(services), signal)).choice.kept;
  }
  return {
    variant,
    label: labelOf(variant, { name, criterion, nExpert }),
    path: pathOfModel(services, model),
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

/** @throws WinnowError USAGE: a text was deleted */
function textNames({ context: { store } }: Services, textIds: readonly number[]): string {
  const texts = new Map(listHeldOutTexts(store).map((text) => [text.id, text]));
  const names = textIds.map((id) => {
    const text = texts.get(id);
    if (text) return text.domain;
    throw new WinnowError('USAGE', 'One of these texts was deleted. Choose the texts again.', { textId: id });
  });
  return someNames(names);
}

/** "law, math, python +2": the first few, each once, and how many more there are. */
export function someNames(names: readonly string[]): string {
  const distinct = [...new Set(names)];
  const more = distinct.length > NAMED ? ` +${distinct.length - NAMED}` : '';
  return `${distinct.slice(0, NAMED).join(', ')}${more}`;
}
