// Checks the request of a comparison, and computes how much work it is.
import type { StudyEstimate } from '../../../contract/api/studies.ts';
import { FAST_CRITERIA } from '../../../contract/criteria.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { CompareRequest } from '../../../contract/requests.ts';
import type { NamedText } from '../../base/content/documents.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import { readDocuments } from '../evaluation/read-documents.ts';
import { knowsNoDomain } from './methods.ts';

/** Checks what the request says. @throws WinnowError USAGE */
export function checkRequest({ demos, texts, criteria }: CompareRequest): void {
  const twice = (names: readonly string[]): string | undefined => names.find((name, i) => names.indexOf(name) !== i);
  const double = twice(demos.map(({ domain }) => domain)) ?? twice(texts.map(({ name }) => name));
  if (double !== undefined)
    throw new WinnowError('USAGE', `"${double}" is named twice. Give each domain and each text a name of its own.`);
  if (!FAST_CRITERIA.some((criterion) => criterion === criteria[0]))
    throw new WinnowError(
      'USAGE',
      `The first criterion leads the comparison, and ${criteria[0]} cannot: name one of ${FAST_CRITERIA.join(', ')} first.`,
    );
}

/** Reads the texts of a request. @throws WinnowError from reading */
export async function readTexts({ texts }: CompareRequest, { host }: EngineContext, task: Task): Promise<NamedText[]> {
  const named: NamedText[] = [];
  for (const { name, file } of texts) {
    const { text, warnings } = await readDocuments([file], host, task.signal);
    warnings.forEach((warning) => task.log(warning));
    named.push({ ...text, name });
  }
  return named;
}

type StudyWork = Pick<StudyEstimate, 'passes' | 'previews'>;

/** How much work the request is, if no two choices are equal. */
export function workOf(request: CompareRequest): StudyWork {
  const { demos, keep, criteria, seeds, tokens, demoCounts } = request;
  const withoutDomain = criteria.filter((criterion) => knowsNoDomain(criterion));
  const ofNoDomain = withoutDomain.length + (withoutDomain.includes('random') ? seeds - 1 : 0);
  const ofDomain = criteria.length - withoutDomain.length + Math.max(0, new Set(tokens).size - 1);
  const ofDomains = keep.length * demos.length * ofDomain;
  const drawn = demos.length * seeds * new Set(demoCounts).size;
  return { passes: demos.length, previews: ofDomains + keep.length * (ofNoDomain + drawn) };
}
