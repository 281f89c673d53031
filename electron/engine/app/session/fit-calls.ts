// Calls about the best file for a memory budget.
import type { Domain } from '../../../contract/api/demos.ts';
import type { fitCalls, FitOfDomain, FitOfFiles, FitSearch, FoundFit } from '../../../contract/api/fit.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { fitResultSchema, isSource, otherFile } from '../../../contract/fit.ts';
import { usuallyHeldBack } from '../../../contract/held-back.ts';
import { quantTypeSchema } from '../../../contract/quantise.ts';
import { REPAIR_DEMOS } from '../../../contract/repair.ts';
import { fitRequestSchema, type FitRequest } from '../../../contract/requests.ts';
import { msg } from '../../../contract/sentences.ts';
import type { CallHandlers } from '../../../contract/server.ts';
import { displayNameOf } from '../../base/files/paths.ts';
import { idleTask } from '../../store/task.ts';
import { planFit } from '../../measure/fit/plan-fit.ts';
import { choiceRequest, firstWay } from '../../measure/fit/ways.ts';
import { writingRequest } from '../../measure/fit/write-best.ts';
import { prepareScore } from '../../experts/scoring/prepare-scoring.ts';
import { storedChoice } from '../../experts/selections/save-selection.ts';
import { chooserTools } from '../../experts/selections/choose.ts';
import type { Job } from '../jobs/job-table.ts';
import { getDomain, listDomains } from '../../store/domains.ts';
import { getExport } from '../../store/exports.ts';
import { listModels } from '../../store/models.ts';
import { getScoreRun, listScoreRuns } from '../../store/score-runs.ts';
import { getSelection } from '../../store/selections.ts';
import { demoFilesOf, modelOf } from './named-files.ts';
import type { Services } from './services.ts';
import { startJob } from './start-job.ts';

/** Tokens per chunk of the texts that files are measured on. */
const CHUNK_TOKENS = 512;
const MOST_SEARCHES = 100;

/** The calls `fit.*`. */
export function fitHandlers(services: Services): CallHandlers<keyof typeof fitCalls> {
  const { context, grants, native } = services;
  return {
    'fit.plan': async (params, signal) => {
      const { request } = await searchFor(services, params);
      await native.ensure();
      const warned: string[] = [];
      const { plan } = await planFit(
        request,
        context.forPlans(),
        idleTask(signal, (line) => warned.push(line)),
        prepareScore,
      );
      return { ...plan, warned };
    },
    'fit.start': async (params) => {
      const { request, subject } = await searchFor(services, params);
      if (params.kind === 'domain') services.library.touch(params.modelId);
      return startJob(services, 'fit', request, subject);
    },
    'fit.takeOther': async ({ jobId, target, overwrite }, signal) => {
      const job = services.queue.get(jobId);
      const { data: request } = fitRequestSchema.safeParse(job?.request);
      const { data: result } = fitResultSchema.safeParse(job?.summary);
      if (!job || !request || !result) throw new WinnowError('USAGE', msg('noJob', { id: jobId }), { jobId });
      const file = otherFile(result);
      const run = job.rows.runId === undefined ? undefined : getScoreRun(context.store, job.rows.runId);
      if (!file || isSource(file, result.nExpert) || !run) throw new WinnowError('USAGE', msg('fitNoOther'), { jobId });
      const way = result.way ?? firstWay(request);
      const tools = chooserTools(context.store, services.library, services.runTotals);
      const { id: selectionId, kept } = await storedChoice(
        choiceRequest({ ...request, ...way }, run.id, file.keep),
        tools,
        signal,
      );
      services.emit('selections', {});
      const asked = writingRequest(
        { ...request, overwrite },
        {
          ...{ file: { ...file, type: quantTypeSchema.nullable().parse(file.type) }, kept, selectionId },
          ...{ grouping: way.grouping, nExpert: result.nExpert, ctx: result.ctx },
          matrixRun: run.importance ? run.id : null,
          output: grants.path(target, 'write'),
          // as the search has repaired it
          ...(file.repair !== null && { repair: { limit: REPAIR_DEMOS, placement: request.placement } }),
        },
      );
      const started =
        asked.kind === 'export'
          ? startJob(services, 'export', asked.request, job.subject)
          : startJob(services, 'quantise', asked.request, job.subject);
      return { ...started, selectionId };
    },
    'fit.list': () => {
      const domains = listDomains(context.store);
      return services.queue.listOfKind('fit', MOST_SEARCHES).flatMap((job) => {
        // jobs of other versions are not listed
        const { data: request } = fitRequestSchema.safeParse(job.request);
        return request ? searchView(services, { job, request }, domains) : [];
      });
    },
  };
}

type Asked = { readonly request: FitRequest; readonly subject: string };

/** The search that a call asks for. @throws WinnowError as `searchOfDomain` and `searchOfFiles` */
function searchFor(services: Services, params: FitOfDomain | FitOfFiles): Asked | Promise<Asked> {
  return params.kind === 'domain' ? searchOfDomain(services, params) : searchOfFiles(services, params);
}

type Search = { readonly job: Job; readonly request: FitRequest };

/** A search for a domain. @throws WinnowError USAGE: the domain was deleted; FILE_NOT_FOUND: the model is gone; DEMOS_EMPTY: it has no demos */
function searchOfDomain(services: Services, { kind: _, modelId, domainId, ...params }: FitOfDomain): Asked {
  const { context, library } = services;
  const domain = getDomain(context.store, domainId);
  if (domain.demos === 0) {
    throw new WinnowError('DEMOS_EMPTY', msg('fitDemosGone', { domain: domain.name }), { domain: domain.name });
  }
  const limit = demosToScore(services, modelId, domain);
  const request: FitRequest = {
    ...sharedOf(services, params),
    model: library.path(modelId),
    demos: { kind: 'domain', domainId },
    ...(limit < domain.demos && { limit }),
    texts: [],
    overwrite: false,
  };
  return { request, subject: `${library.entry(modelId).name} · ${domain.name}` };
}

function searchOfFiles(
  services: Services,
  { kind: _, model: ref, demos, texts, imatrix, ...params }: FitOfFiles,
): Asked {
  const { grants } = services;
  const { path: model, name } = modelOf(services, ref);
  const files = demoFilesOf(services, demos);
  const request: FitRequest = {
    ...sharedOf(services, params),
    model,
    demos: files,
    texts: texts.map((text) => ({ name: text.name, file: grants.path(text.grant, 'read') })),
    ...(imatrix !== null && { imatrix: grants.path(imatrix, 'read') }),
  };
  return { request, subject: `${name} · ${files.domain ?? displayNameOf(files.files[0] ?? '')}` };
}

type Shared = Pick<FitOfDomain, 'criterion' | 'grouping' | 'timeLimitSeconds' | 'target'> & {
  readonly types: readonly string[] | null;
};

/** The common part of a search's request, with the settings that it is computed with. */
function sharedOf<Params extends Shared>(
  services: Services,
  { types, criterion, grouping, timeLimitSeconds, target, ...params }: Params,
) {
  const { nUbatch, maxTokens, placement } = services.settings();
  return {
    ...params,
    maxTokens,
    nUbatch,
    placement,
    chunkTokens: CHUNK_TOKENS,
    ...(types !== null && { types: [...types] }),
    ...(criterion !== null && { criterion }),
    ...(grouping !== null && { grouping }),
    ...(timeLimitSeconds !== null && { timeLimitSeconds }),
    ...(target !== null && { output: services.grants.path(target, 'write') }),
  };
}

/**
 * The number of demos to score: as many as in the last run, so that it is reused, if that leaves something to measure on; otherwise, if
 * there is a text, all but those that are usually held back. Without a text the search itself leaves enough to measure on.
 */
function demosToScore({ context, library }: Services, modelId: string, domain: Domain): number {
  const { store } = context;
  const models = new Map(listModels(store).map(({ id, fingerprint }) => [id, library.findByFingerprint(fingerprint)]));
  const [last] = listScoreRuns(store)
    .filter((run) => run.state === 'done' && run.domain === domain.name && models.get(run.modelId) === modelId)
    .filter(({ demos }) => demos < domain.demos || (demos === domain.demos && domain.texts > 0))
    .toSorted((a, b) => b.startedMs - a.startedMs || b.id - a.id);
  return last?.demos ?? domain.demos - (domain.texts > 0 ? usuallyHeldBack(domain.demos) : 0);
}

/** The view of a search; empty: its demos are no longer known. */
function searchView(services: Services, { job, request }: Search, domains: readonly Domain[]): FitSearch[] {
  const { context, library } = services;
  const found = foundFit(services, { job, request });
  const run = job.rows.runId === undefined ? undefined : getScoreRun(context.store, job.rows.runId);
  const { demos } = request;
  const own = demos.kind === 'domain' ? domains.find(({ id }) => id === demos.domainId) : undefined;
  const name = own?.name ?? found?.result.domain ?? run?.domain;
  if (name === undefined) return [];
  const modelId = library.holds(request.model) ? library.idOf(request.model) : null;
  return [
    {
      jobId: job.id,
      state: job.state,
      createdMs: job.createdMs,
      modelId,
      modelName: modelId === null ? (found?.result.modelName ?? '') : library.entry(modelId).name,
      domainId: (own ?? domains.find((domain) => domain.name === name))?.id ?? null,
      domain: name,
      budgetBytes: request.budgetBytes,
      ctx: request.ctx,
      found,
    },
  ];
}

/** The result of a search; null: it did not succeed, or another version stored it. */
function foundFit(services: Services, { job, request }: Search): FoundFit | null {
  const { data } = fitResultSchema.safeParse(job.summary);
  const best = data?.files[data.best];
  if (job.state !== 'done' || job.finishedMs === null || !data || !best) return null;
  const { written, ...result } = data;
  const { store } = services.context;
  const run = job.rows.runId === undefined ? undefined : getScoreRun(store, job.rows.runId);
  return {
    finishedMs: job.finishedMs,
    requantise: request.requantise,
    runId: run?.id ?? null,
    selection: run ? choiceRequest({ ...request, ...(data.way ?? firstWay(request)) }, run.id, best.keep) : null,
    file: written?.exportId ? writtenView(services, { path: written.path, exportId: written.exportId }) : null,
    result,
  };
}

function writtenView(
  { context: { store }, library, pathText }: Services,
  { path, exportId }: { readonly path: string; readonly exportId: number },
): FoundFit['file'] {
  const selectionId = getExport(store, exportId)?.plan.selectionId ?? null;
  return {
    displayPath: pathText(path),
    exportId,
    modelId: library.holds(path) ? library.idOf(path) : null,
    selectionId: selectionId !== null && getSelection(store, selectionId) ? selectionId : null,
  };
}
