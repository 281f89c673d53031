// The compare use case: compares criteria, ablations, rounds and mixed choices on the same stored runs, measured inside their
// domains and outside them, together with what the demos alone say about localisation.
import type { EvaluationFigures } from '../../../contract/api/evaluations.ts';
import type { Criterion } from '../../../contract/criteria.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { CompareRequest } from '../../../contract/requests.ts';
import { say } from '../../../contract/sentences.ts';
import type { TokenChoice } from '../../../contract/token-classes.ts';
import { Backend } from '../../base/backend/backend.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import { choosingDemosOfFile, type ChoosingDemo } from '../../write/pruning/choosing-demos.ts';
import { DemoCopies } from '../../write/pruning/demo-copies.ts';
import { requireApart } from '../evaluation/keep-apart.ts';
import type { IdentifiedInfo } from '../../models/identity.ts';
import { inspectModel, openFile } from '../../models/inspect.ts';
import type { ExpertWeights } from '../slow-criteria/evidence.ts';
import { makeScratchFolder } from '../../store/scratch-folder.ts';
import { chooseAll, leadingOf, type ScoredDomain } from './choose.ts';
import { groupsOf, type DomainGroups } from './groups.ts';
import { localise, methodOverlapOf, overlapOf, type Localised } from './localisation.ts';
import { MergedFiles } from './merged-files.ts';
import { measureChoices } from './measure.ts';
import { partsOf } from './parts.ts';
import { readWeights, wantedWeights } from '../slow-criteria/read-weights.ts';
import { eliminateExperts } from '../slow-criteria/eliminate-experts.ts';
import { eliminates } from '../slow-criteria/register.ts';
import { demoSumsOf, mergesExperts, scoreDomains, type StudiedDomain } from './score-domains.ts';
import type { StudyRow, VariantRow } from './summary.ts';
import { checkRequest, readTexts, requireVariants, workOf } from './request.ts';
import { studyRows, variantRows } from './rows.ts';
import { VariantFiles } from './variant-files.ts';
import { hasVariants, variantsOf } from './variants.ts';

export type Study = Localised & {
  readonly info: IdentifiedInfo;
  /** The leading criterion, which rounds, mixing, localisation and overlap use. */
  readonly criterion: Criterion;
  /** Choices of tokens by which experts were ranked: the first one unless a row says otherwise. */
  readonly tokens: readonly TokenChoice[];
  /** Counts of experts kept per layer. */
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
  /** Choices by one domain's demos in every type and with every count of active experts; empty: none were requested. */
  readonly variants: readonly VariantRow[];
  /** Groups by domain; empty: not requested. */
  readonly groups: readonly DomainGroups[];
};

/**
 * Runs a comparison. Finished runs and measurements are kept, so that the same request can resume.
 * @throws WinnowError USAGE, CALIBRATION_OVERLAP, and from scoring, choosing and measuring; CANCELLED
 */
export async function runCompare(request: CompareRequest, context: EngineContext, task: Task): Promise<Study> {
  checkRequest(request);
  const merges = mergesExperts(request);
  const model = hasVariants(request) || merges ? await requireVariants(request, context) : null;
  const texts = await readTexts(request, context, task);
  const [scoring, reading, eliminating, measuring] = partsOf(task, sizes(request)) as [Task, Task, Task, Task];
  const { headers } = await openFile(request.model, context.host);
  const before = choosingDemosOfFile(context.store, headers[0]?.kv ?? {});
  const apart = async (demos: readonly ChoosingDemo[]): Promise<void> =>
    requireApart(await DemoCopies.of(context.store, [...before, ...demos], task.signal), texts, task);
  const { info, counts, tokens, domains: scored } = await scoreDomains(request, context, scoring, apart);
  const weights = await weightsOf(request, context, reading);
  const domains = await eliminated(scored, request, context, eliminating);
  const choices = await chooseAll(domains, info, { ...request, merged: merges, counts, weights }, task.signal);
  const names = domains.map(({ domain }) => domain);
  const variants = texts.length > 0 && model ? variantsOf(choices, info, names, request) : [];
  await using scratch = variants.length > 0 || merges ? await makeScratchFolder(context.scratchDir, 'compare') : null;
  const merged =
    model && scratch && merges
      ? new MergedFiles(domains, { model, folder: scratch.path, request }, context, measuring)
      : null;
  const files =
    model && scratch && variants.length > 0
      ? await VariantFiles.open(domains, { model, folder: scratch.path, request }, context, measuring)
      : null;
  const measured = await measureChoices(
    { choices: texts.length > 0 ? choices : [], variants, files, merged, texts, info },
    request,
    context,
    measuring,
  );

  const criterion = leadingOf(request.criteria);
  const localisation: Localised['localisation'][number][] = [];
  for (const domain of domains) {
    for (const keep of counts)
      localisation.push(
        await localise(
          { domain: domain.domain, demos: demoSumsOf(context.store, domain.runId, tokens[0]) },
          { criterion, keep },
          info,
          task.signal,
        ),
      );
  }
  const leading = choices.filter(({ method }) => method === criterion);
  return {
    info,
    criterion,
    tokens,
    counts,
    domains: domains.map(({ domain, demos, tokens, runId }) => ({ domain, demos: demos.length, tokens, runId })),
    texts: measured.full,
    rows: studyRows(measured.choices, criterion, names),
    variants: files ? await variantRows(measured.variants, names, (variant) => files.bytesOf(variant)) : [],
    localisation,
    overlap: domains.length < 2 ? [] : counts.map((count) => overlapOf(leading.filter(({ keep }) => keep === count))),
    methodOverlap: counts.map((count) =>
      // the choice with merged experts keeps the leading choice's experts
      methodOverlapOf(choices.filter(({ keep, method }) => keep === count && method !== 'merged')),
    ),
    groups: request.groups
      ? domains.map((domain) => groupsOf(domain, leading, info)).filter((found) => found !== null)
      : [],
  };
}

/** Relative sizes of the work's parts, assuming that a pass over a domain's demos takes as long as one over a text. */
function sizes(request: CompareRequest): number[] {
  const { passes, measured } = workOf(request);
  const eliminations = eliminates(request.criteria) ? request.demos.length : 0;
  return [passes, wantedWeights(request) ? 1 : 0, eliminations, measured * request.texts.length];
}

/** Adds the eliminations that criteria need. @throws WinnowError as `eliminateExperts`; DEMOS_EMPTY: no token counts */
async function eliminated(
  domains: readonly StudiedDomain[],
  { model: path, criteria, grouping, placement }: CompareRequest,
  context: EngineContext,
  task: Task,
): Promise<(StudiedDomain & ScoredDomain)[]> {
  if (!eliminates(criteria)) return domains.map((domain) => ({ ...domain, eliminated: null }));
  using backend = new Backend(placement.gpu, context.host);
  const model = await inspectModel(path, backend, context);
  const parts = partsOf(
    task,
    domains.map(() => 1),
  );
  const found: (StudiedDomain & ScoredDomain)[] = [];
  for (const [index, domain] of domains.entries()) {
    const { sample } = domain;
    if (sample === null) throw new WinnowError('DEMOS_EMPTY', say('noSampledToken', { domain: domain.domain }));
    const tools = { context, backend, placement, task: parts[index] ?? task };
    found.push({ ...domain, eliminated: await eliminateExperts(model, sample, grouping, tools) });
  }
  return found;
}

async function weightsOf(request: CompareRequest, context: EngineContext, task: Task): Promise<ExpertWeights | null> {
  const wanted = wantedWeights(request);
  if (!wanted) return null;
  using backend = new Backend('off', context.host);
  const model = await inspectModel(request.model, backend, context);
  return await readWeights(model, wanted, request.placement.threads, backend, task);
}
