// Turns a call that measures a file into a job's request and its displayed subject.
import type { MeasureFile } from '../../../contract/api/evaluations.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import type { ComparisonRequest } from '../../measure/evaluation/comparison-request.ts';
import { displayNameOf } from '../../base/files/display-path.ts';
import { comparisonOfFiles } from '../../measure/evaluation/evaluation-of-files.ts';
import { modelOf } from './named-files.ts';
import type { Services } from './services.ts';

/** Maximum names that are listed. */
const NAMED = 3;

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

/** The first few distinct names: "law, math, python, …". */
export function someNames(names: readonly string[]): string {
  const distinct = [...new Set(names)];
  const more = distinct.length > NAMED ? ', …' : '';
  return `${distinct.slice(0, NAMED).join(', ')}${more}`;
}
