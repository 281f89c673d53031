// Calls that have variants compared with their full model: what of them a job takes up later, and its name.
import type { z } from 'zod';
import type { evaluationsCalls } from '../../../contract/api/evaluations.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import { comparedModels, type VariantSources } from '../../measure/evaluation/compared-variants.ts';
import type { ComparisonRequest } from '../../measure/evaluation/comparison-request.ts';
import { chooserTools } from '../../experts/selections/scores-of-runs.ts';
import { listHeldOutTexts } from '../../store/held-out-texts.ts';
import type { Services } from './services.ts';
import { readSettings } from './settings.ts';

type Params = z.output<(typeof evaluationsCalls)['evaluations.start']['params']>;

/** More are counted, not listed. */
const NAMED = 3;

/** Where the variants that the page names are found. */
export function variantSources({ context: { store }, library, runTotals }: Services): VariantSources {
  return { store, library, chooser: chooserTools(store, library, runTotals) };
}

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
  if (ctx % 2 !== 0) throw new WinnowError('USAGE', say('contextOdd', { ctx }), { ctx });
  const models = await comparedModels(variantSources(services), { against, variants }, signal);
  const { placement } = readSettings(services.context.store);
  const request = { ...models, textIds: [...new Set(textIds)], otherTexts: [], ctx, chunks, placement };
  return { request, subject: `${models.fullName} · ${textNames(services, request.textIds)}` };
}

/** @throws WinnowError USAGE: a text was deleted */
function textNames({ context: { store } }: Services, textIds: readonly number[]): string {
  const texts = new Map(listHeldOutTexts(store).map((text) => [text.id, text]));
  const names = textIds.map((id) => {
    const text = texts.get(id);
    if (text) return text.domain;
    throw new WinnowError('USAGE', say('someTextDeleted'), { textId: id });
  });
  return someNames(names);
}

/** "law, math, python +2": the first few, each once, and how many more there are. */
export function someNames(names: readonly string[]): string {
  const distinct = [...new Set(names)];
  const more = distinct.length > NAMED ? ` +${distinct.length - NAMED}` : '';
  return `${distinct.slice(0, NAMED).join(', ')}${more}`;
}
