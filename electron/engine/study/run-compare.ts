// The compare use case: criteria, ablations, rounds and mixed choices on the same stored runs, measured in their domains
// and outside them, beside what the demos alone say of localisation.
import type { EvaluationFigures } from '../../contract/api/evaluations.ts';
import type { Criterion } from '../../contract/criteria.ts';
import { WinnowError } from '../../contract/errors.ts';
import type { ModelInfo } from '../../contract/model-info.ts';
import type { CompareRequest } from '../../contract/requests.ts';
import type { NamedText } from '../content/documents.ts';
import type { EngineContext } from '../context/engine-context.ts';
import type { Task } from '../context/task.ts';
import { requireApart } from '../evaluation/keep-apart.ts';
import { readDocuments } from '../evaluation/read-documents.ts';
import type { Store } from '../store/database.ts';
import { loadDemoSums, scoredPositions } from '../store/demo-scores.ts';
import { chooseAll } from './choose.ts';
import { localise, overlapOf, type DomainOverlap, type Localisation } from './localisation.ts';
import { measureChoices, type MeasuredChoice } from './measure.ts';
import { placeOf, type Choice } from './methods.ts';
import { partsOf } from './parts.ts';
import { scoreDomains, type StudiedDomain } from './score-domains.ts';
import type { StudyRow } from './summary.ts';

export type Study = {
  readonly info: ModelInfo;
  /** Rounds, mixing, localisation and overlap are its. */
  readonly criterion: Criterion;
  /** Experts kept a layer. */
  readonly counts: readonly number[];
  readonly domains: readonly {
    readonly domain: string;
    readonly demos: number;
    readonly tokens: number;
    readonly runId: number;
  }[];
  /** The full model's figures. */
  readonly texts: readonly { readonly text: string; readonly result: EvaluationFigures }[];
  readonly rows: readonly StudyRow[];
  readonly localisation: readonly Localisation[];
  /** Between the domains, for each count; none for a single domain. */
  readonly overlap: readonly DomainOverlap[];
};

/**
 * @throws WinnowError USAGE, CALIBRATION_OVERLAP, and of scoring, choosing and measuring; CANCELLED. Finished runs and
 * measurements are kept, so that the same request goes on
 */
export async function runCompare(request: CompareRequest, context: EngineContext, task: Task): Promise<Study> {
  checkNames(request);
  const texts = await readTexts(request, context, task);
  const [scoring, measuring] = partsOf(task, sizes(request)) as [Task, Task];
  const apart = (demos: Parameters<typeof requireApart>[1]): Promise<void> =>
    requireApart(context.store, demos, texts, task.signal);
  const { info, counts, domains } = await scoreDomains(request, context, scoring, apart);
  const choices = await chooseAll(domains, info, { ...request, counts }, task.signal);
  const { full, choices: measured } = await measureChoices(
    texts.length > 0 ? choices : [],
    texts,
    info,
    request,
    context,
    measuring,
  );

  const [criterion = 'easy-ep'] = request.criteria;
  const localisation: Localisation[] = [];
  for (const domain of domains) {
    for (const keep of counts)
      localisation.push(await localise(storedDemos(context.store, domain), { criterion, keep }, info, task.signal));
  }
  const leading = choices.filter(({ method }) => method === criterion);
  return {
    info,
    criterion,
    counts,
    domains: domains.map(({ domain, demos, tokens, runId }) => ({ domain, demos: demos.length, tokens, runId })),
    texts: full,
    rows: measured.map((one) =>
      rowOf(
        one,
        domains.map(({ domain }) => domain),
      ),
    ),
    localisation,
    overlap: domains.length < 2 ? [] : counts.map((count) => overlapOf(leading.filter(({ keep }) => keep === count))),
  };
}

function checkNames({ demos, texts, criteria }: CompareRequest): void {
  const twice = (names: readonly string[]): string | undefined => names.find((name, i) => names.indexOf(name) !== i);
  const double = twice(demos.map(({ domain }) => domain)) ?? twice(texts.map(({ name }) => name));
  if (double !== undefined)
    throw new WinnowError('USAGE', `"${double}" is named twice. Give each domain and each text a name of its own.`);
  if (criteria[0] === 'random')
    throw new WinnowError(
      'USAGE',
      'The first criterion leads the comparison, and random cannot: name another one first.',
    );
}

async function readTexts({ texts }: CompareRequest, { host }: EngineContext, task: Task): Promise<NamedText[]> {
  const named: NamedText[] = [];
  for (const { name, file } of texts) {
    const { text, warnings } = await readDocuments([file], host);
    warnings.forEach((warning) => task.log(warning));
    named.push({ ...text, name });
  }
  return named;
}

/** How the work divides into scoring and measuring, if a pass over a domain's demos takes as long as one over a text. */
function sizes({ demos, texts, keep, criteria, ablations, seeds, rounds, mix }: CompareRequest): number[] {
  const scored = 1 + keep.length * (((rounds - 1) * (rounds + 2)) / 2);
  const ofDomain = criteria.length + (ablations ? 2 : 0) + rounds - 1;
  const choices = keep.length * (demos.length * ofDomain + seeds + (mix ? 2 : 0));
  return [demos.length * scored, choices * texts.length];
}

function storedDemos(store: Store, { domain, runId }: StudiedDomain): Parameters<typeof localise>[0] {
  const positions = scoredPositions(store, runId);
  return { domain, demos: { count: positions.length, at: (i) => loadDemoSums(store, runId, positions[i] ?? -1) } };
}

function rowOf({ choice, text, result }: MeasuredChoice, domains: readonly string[]): StudyRow {
  const { method, seed, domain, keep }: Choice = choice;
  const { perplexity, ratio, klMean, klP99, top1, units } = result;
  if (ratio === null || klMean === null || klP99 === null || top1 === null) {
    throw new RangeError('a choice is measured against the full model');
  }
  return {
    ...{ method, seed, domain, keep, text, place: placeOf(choice, text, domains), ratio, units },
    ...{ perplexity: perplexity.value, klMean: klMean.value, klP99: klP99.value, top1: top1.value },
  };
}
