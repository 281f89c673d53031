// Checks the request of a comparison, and computes how much work it is.
import type { StudyEstimate } from '../../../contract/api/studies.ts';
import { FAST_CRITERIA } from '../../../contract/criteria.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { CompareRequest } from '../../../contract/requests.ts';
import type { NamedText } from '../../base/content/documents.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import { readDocuments } from '../evaluation/read-documents.ts';
import { requireMakeable } from '../fit/fit-files.ts';
import { requireActiveExperts } from '../../models/active-experts.ts';
import { inspectFile, type InspectedModel } from '../../models/inspect.ts';
import { resolveKeep } from '../../experts/selection/keep-count.ts';
import { knowsNoDomain } from './methods.ts';
import { makingOf } from './variant-files.ts';

/** Checks what the request says. @throws WinnowError USAGE */
export function checkRequest({
  demos,
  texts,
  criteria,
  types = [],
  imatrix,
  requantise = false,
}: CompareRequest): void {
  const twice = (names: readonly string[]): string | undefined => names.find((name, i) => names.indexOf(name) !== i);
  const double = twice(demos.map(({ domain }) => domain)) ?? twice(texts.map(({ name }) => name));
  if (double !== undefined)
    throw new WinnowError('USAGE', `"${double}" is named twice. Give each domain and each text a name of its own.`);
  if (!FAST_CRITERIA.some((criterion) => criterion === criteria[0]))
    throw new WinnowError(
      'USAGE',
      `The first criterion leads the comparison, and ${criteria[0]} cannot: name one of ${FAST_CRITERIA.join(', ')} first.`,
    );
  if (types.length === 0 && (imatrix !== undefined || requantise))
    throw new WinnowError(
      'USAGE',
      'An importance matrix, and weights that are quantised again, belong to files in other types: name the types too (on the command line: --types).',
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

/**
 * Requires, before anything is computed, that all variants can be made.
 * @throws WinnowError SELECTION_IMPOSSIBLE: the model cannot have this many active experts; ALREADY_QUANTISED; USAGE; from inspecting
 */
export async function requireVariants(request: CompareRequest, context: EngineContext): Promise<InspectedModel> {
  const { model: path, keep, activeExperts = [], types = [] } = request;
  const model = await inspectFile(path, context);
  const fewest = Math.min(...keep.map((spec) => resolveKeep(spec, model.info.nExpert)));
  for (const active of activeExperts) requireActiveExperts(active, model, fewest);
  await requireMakeable(types, makingOf(model, request), context);
  return model;
}

type StudyWork = Pick<StudyEstimate, 'passes' | 'previews' | 'files' | 'measured'>;

/** How much work the request is, if no two choices are equal. */
export function workOf(request: CompareRequest): StudyWork {
  const { demos, keep, criteria, seeds, types, activeExperts, tokens, superExperts, demoCounts } = request;
  const withoutDomain = criteria.filter((criterion) => knowsNoDomain(criterion));
  const ofNoDomain = withoutDomain.length + (withoutDomain.includes('random') ? seeds - 1 : 0);
  const ofDomain =
    criteria.length -
    withoutDomain.length +
    Math.max(0, new Set(tokens).size - 1) +
    Math.max(0, new Set(superExperts).size - 1);
  const ofDomains = keep.length * demos.length * ofDomain;
  const drawn = demos.length * seeds * new Set(demoCounts).size;
  const others = keep.length * (ofNoDomain + drawn);
  const [nTypes, nCounts] = [new Set(types).size, 1 + new Set(activeExperts).size];
  const previews = ofDomains * nCounts + (nCounts - 1) * demos.length + others;
  const files = nTypes * (ofDomains + demos.length);
  return { passes: demos.length, previews, files, measured: previews + files * nCounts };
}
