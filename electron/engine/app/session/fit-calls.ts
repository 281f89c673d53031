// Calls about the best file for a memory budget.
import type { fitCalls, FitOfFiles, FitParams, FoundFit } from '../../../contract/api/fit.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { fitResultSchema, isPlain, type FitFile } from '../../../contract/fit.ts';
import { quantTypeSchema } from '../../../contract/quantise.ts';
import { fitRequestSchema, type FitRequest } from '../../../contract/requests.ts';
import { say } from '../../../contract/sentences.ts';
import type { CallHandlers } from '../../../contract/server.ts';
import { displayNameOf } from '../../base/files/display-path.ts';
import { writeTextFile } from '../../base/files/user-files.ts';
import { openFile } from '../../models/inspect.ts';
import { fitPicture } from '../../report/fit-picture.ts';
import { idleTask } from '../../store/task.ts';
import { defaultTokens } from '../../../contract/token-classes.ts';
import { quantiseOptions } from '../../measure/fit/fit-files.ts';
import { planFit } from '../../measure/fit/plan-fit.ts';
import { selectionRequest } from '../../measure/fit/selection-request.ts';
import type { Job } from '../jobs/job-table.ts';
import { pathOfStoredModel } from '../../models/library/stored-models.ts';
import { modelName } from '../../models/model-name.ts';
import { suggestName } from '../../write/pruning/suggest-name.ts';
import { requireRun, type StoredRun } from '../../experts/runs/stored-run.ts';
import { listDomains, type Domain } from '../../store/domains.ts';
import { getScoreRun } from '../../store/score-runs.ts';
import { demoFilesOf, modelOf } from './model-of.ts';
import type { Services } from './services.ts';
import { startJob } from './start-job.ts';

/** Tokens a chunk of what files are measured on. */
const CHUNK_TOKENS = 512;
/** As Export leaves them, unless it is told otherwise. */
const NEXTN = 'drop';
/** Searches that are looked through for those of a model and domain. */
const MOST_SEARCHES = 100;

/** The calls `fit.*`. */
export function fitHandlers(services: Services): Pick<CallHandlers, keyof typeof fitCalls> {
  const { context, grants, native, queue } = services;
  return {
    'fit.plan': async (params, signal) => {
      const { request } = await searchFor(services, params);
      await native.ensure();
      const warned: string[] = [];
      const { plan } = await planFit(
        request,
        context,
        idleTask(signal, (line) => warned.push(line)),
      );
      return { ...plan, warned };
    },
    'fit.start': async (params) => {
      const { request, subject } = await searchFor(services, params);
      return startJob(services, 'fit', request, subject);
    },
    'fit.writePicture': async ({ jobId, target }) => {
      const { data: result } = fitResultSchema.safeParse(queue.get(jobId)?.summary);
      if (!result) throw new WinnowError('USAGE', say('noJob', { id: jobId }), { jobId });
      await grants.write(target, async (path) => writeTextFile(path, await fitPicture(result)));
      return null;
    },
    'fit.latest': ({ runId }) => {
      const stored = requireRun(context.store, runId);
      const domain = domainOf(services, stored);
      const searches = queue.listOfKind('fit', MOST_SEARCHES).flatMap((job) => {
        // of another version's job nobody asks
        const { data: request } = fitRequestSchema.safeParse(job.request);
        return request && isOf(services, { job, request }, stored, domain) ? [{ job, request }] : [];
      });
      const found = searches.map((search) => foundFit(services, search, stored)).find((one) => one !== null) ?? null;
      return { jobId: searches[0]?.job.id ?? null, found };
    },
  };
}

type Asked = { readonly request: FitRequest; readonly subject: string };

/** @throws WinnowError as `searchOfRun` and `searchOfFiles` */
function searchFor(services: Services, params: FitParams | FitOfFiles): Asked | Promise<Asked> {
  return params.kind === 'run' ? searchOfRun(services, params) : searchOfFiles(services, params);
}

type Search = { readonly job: Job; readonly request: FitRequest };

/** @throws WinnowError USAGE: the run was deleted; FILE_NOT_FOUND: its model is gone; DEMOS_EMPTY: its demos are */
function searchOfRun(services: Services, { kind: _, runId, ...params }: FitParams): Asked {
  const { context, library } = services;
  const stored = requireRun(context.store, runId);
  const { run, model } = stored;
  const domain = domainOf(services, stored);
  if (domain === undefined || domain.demos === 0) {
    throw new WinnowError('DEMOS_EMPTY', say('fitDemosGone', { domain: run.domain }), { domain: run.domain });
  }
  const modelId = library.findByFingerprint(model.fingerprint);
  if (modelId !== null) library.touch(modelId);
  const request: FitRequest = {
    ...sharedOf(services, params),
    model: pathOfStoredModel(library, model),
    demos: { kind: 'domain', domainId: domain.id },
    // as many as the run, so that it is not scored anew, and what it left out is there to measure on
    ...(run.demos < domain.demos && { limit: run.demos }),
    ...{ texts: [], overwrite: false, nextn: NEXTN },
  };
  return { request, subject: `${modelName(model.info)} · ${domain.name}` };
}

/** @throws WinnowError of reading the model's header */
async function searchOfFiles(
  services: Services,
  { kind: _, model: ref, demos, texts, imatrix, target, ...params }: FitOfFiles,
): Promise<Asked> {
  const { context, grants } = services;
  const { path: model, name } = modelOf(services, ref);
  const files = demoFilesOf(services, demos);
  const asked = sharedOf(services, params);
  const request: FitRequest = {
    ...asked,
    model,
    // the request is stored, and stored ones without that are of older versions
    tokens: asked.tokens ?? defaultTokens((await openFile(model, context.host)).info.moeLayers),
    demos: files,
    texts: texts.map((text) => ({ name: text.name, file: grants.path(text.grant, 'read') })),
    ...(imatrix !== null && { imatrix: grants.path(imatrix, 'read') }),
    ...(target !== null && { output: grants.path(target, 'write') }),
  };
  return { request, subject: `${name} · ${files.domain ?? displayNameOf(files.files[0] ?? '')}` };
}

type Shared = Pick<FitParams, 'activeExperts' | 'answers' | 'timeLimitSeconds'> & {
  readonly types: readonly string[] | null;
};

/** What is asked of a search whatever it is of, as its request has it, with what it is computed with. */
function sharedOf<Params extends Shared>(
  services: Services,
  { types, activeExperts, answers, timeLimitSeconds, ...params }: Params,
) {
  const { nUbatch, maxTokens, placement } = services.settings();
  return {
    ...params,
    ...{ maxTokens, nUbatch, placement, chunkTokens: CHUNK_TOKENS },
    ...(types !== null && { types: [...types] }),
    ...(activeExperts !== null && { activeExperts: [...activeExperts] }),
    ...(answers !== null && { answers }),
    ...(timeLimitSeconds !== null && { timeLimitSeconds }),
  };
}

/** As it is called now. */
function domainOf({ context }: Services, { run }: StoredRun): Domain | undefined {
  return listDomains(context.store).find(({ name }) => name === run.domain);
}

/** By the run that it scored or took up, or by what it was asked before there was one. */
function isOf(
  { context, library }: Services,
  { job, request }: Search,
  { run, model }: StoredRun,
  domain: Domain | undefined,
): boolean {
  const own = job.rows.runId === undefined ? undefined : getScoreRun(context.store, job.rows.runId);
  if (own) return own.modelId === run.modelId && own.domain === run.domain;
  const modelId = library.findByFingerprint(model.fingerprint);
  return (
    modelId !== null &&
    library.idOf(request.model) === modelId &&
    request.demos.kind === 'domain' &&
    request.demos.domainId === domain?.id
  );
}

/** null: it has not ended well, or another version stored it. */
function foundFit({ context }: Services, { job, request }: Search, { model }: StoredRun): FoundFit | null {
  const { data: result } = fitResultSchema.safeParse(job.summary);
  const best = result?.files[result.best];
  if (job.state !== 'done' || job.finishedMs === null || !result || !best) return null;
  const run = job.rows.runId === undefined ? undefined : getScoreRun(context.store, job.rows.runId);
  const keep = best.keep < result.nExpert ? best.keep : null;
  return {
    jobId: job.id,
    finishedMs: job.finishedMs,
    runId: run?.id ?? null,
    requantise: request.requantise,
    answers: request.answers ?? null,
    selection: run && !isPlain(best, result.nExpert) ? selectionRequest(request, run.id, best) : null,
    quantise: quantiseOf(best, request),
    fileName: suggestName(model.info, [result.domain], keep, best.type),
    result,
  };
}

function quantiseOf({ type, mix }: FitFile, making: FitRequest): FoundFit['quantise'] {
  const { data: known } = quantTypeSchema.safeParse(type);
  return known === undefined ? null : quantiseOptions({ type: known, mix }, making);
}
