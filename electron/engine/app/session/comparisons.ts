// Turns calls that compare variants with their full model into a job's request and its displayed subject.
import type { Measure, MeasureFile } from '../../../contract/api/evaluations.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import { comparedModels, type VariantSources } from '../../measure/evaluation/compared-variants.ts';
import type { ComparisonRequest } from '../../measure/evaluation/comparison-request.ts';
import { listHeldOutTexts } from '../../store/held-out-texts.ts';
import { displayNameOf } from '../../base/files/display-path.ts';
import { comparisonOfFiles } from '../../measure/evaluation/evaluation-of-files.ts';
import { modelOf } from './named-files.ts';
import type { Services } from './services.ts';

/** Maximum names that are listed. */
const NAMED = 3;

/** Where the variants that the page names are looked up. */
export function variantSources({ context: { store }, library }: Services): VariantSources {
  return { store, library };
}

/**
 * The comparison that a call asks for.
 * @returns the request, and what it works on in words for the user
 * @throws WinnowError USAGE: an odd context, or something that was deleted; FILE_NOT_FOUND: a model is gone
 */
export function comparisonOf(
  services: Services,
  { against, variants, textIds, ctx, chunks }: Measure,
): { readonly request: ComparisonRequest; readonly subject: string } {
  if (ctx % 2 !== 0) throw new WinnowError('USAGE', say('contextOdd', { ctx }), { ctx });
  const models = comparedModels(variantSources(services), { against, variants });
  const { placement } = services.settings();
  const request = { ...models, textIds: [...new Set(textIds)], otherTexts: [], ctx, chunks, placement };
  return { request, subject: `${models.fullName} · ${textNames(services, request.textIds)}` };
}

/** The measurement of a file that a call asks for. @throws WinnowError USAGE: an odd context; as `modelOf` and `Grants.path` */
export function measurementOfFile(
  services: Services,
  { model: ref, texts, choice, scores, against, chunks, ...options }: MeasureFile,
): { readonly request: ComparisonRequest; readonly subject: string } {
  const { grants } = services;
  const read = (grant: string): string => grants.path(grant, 'read');
  const { ctx } = options;
  if (ctx % 2 !== 0) throw new WinnowError('USAGE', say('contextOdd', { ctx }), { ctx });
  const { path: model, name } = modelOf(services, ref);
  const text = texts.map(read);
  const request = comparisonOfFiles({
    ...options,
    model,
    text,
    placement: services.settings().placement,
    ...(choice !== undefined && { choice: read(choice) }),
    ...(scores && { scores: scores.map(read) }),
    ...(against !== null && { against: modelOf(services, against).path }),
    ...(chunks !== null && { chunks }),
  });
  return { request, subject: `${name} · ${displayNameOf(text[0] ?? '')}` };
}

/** The domains of texts, in words for the user. @throws WinnowError USAGE: a text was deleted */
function textNames({ context: { store } }: Services, textIds: readonly number[]): string {
  const texts = new Map(listHeldOutTexts(store).map((text) => [text.id, text]));
  const names = textIds.map((id) => {
    const text = texts.get(id);
    if (text) return text.domain;
    throw new WinnowError('USAGE', say('someTextDeleted'), { textId: id });
  });
  return someNames(names);
}

/** The first few distinct names: "law, math, python, …". */
export function someNames(names: readonly string[]): string {
  const distinct = [...new Set(names)];
  const more = distinct.length > NAMED ? ', …' : '';
  return `${distinct.slice(0, NAMED).join(', ')}${more}`;
}
