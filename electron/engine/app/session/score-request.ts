// Builds the request to score, for its estimate and for its run: a model of the library on a domain's demos, or files.
import type { DomainScoring, ScoreFiles } from '../../../contract/api/runs.ts';
import type { ScoreRequest } from '../../../contract/requests.ts';
import { displayNameOf } from '../../base/files/display-path.ts';
import { requireDemos, collectDemos } from '../../demos/collect-demos.ts';
import { demoFilesOf, modelOf } from './named-files.ts';
import type { Services } from './services.ts';
import type { CallHandler } from '../../../contract/server.ts';
import { takenDemos } from '../../demos/taken-demos.ts';
import { tokenizeDemos } from '../../demos/tokenize.ts';
import { countedDemos, type CountedDemos } from '../../experts/scoring/scored-subject.ts';
import { estimateScore } from '../../experts/scoring/prepare-scoring.ts';
import type { Vocabulary } from '../../models/warm-vocabulary.ts';
import { listDemoSizes } from '../../store/demos.ts';
import { idleTask } from '../../store/task.ts';

/**
 * The request.
 * @returns the request, and what it works on in words for the user
 * @throws WinnowError as `modelOf`, `demoFilesOf` and `requireDemos`
 */
export function scoreRequest(
  services: Services,
  params: (DomainScoring & { readonly fresh?: boolean }) | ScoreFiles,
): { readonly request: ScoreRequest; readonly subject: string } {
  const { nUbatch, maxTokens, placement } = services.settings();
  if (!('modelId' in params)) {
    const { model: ref, demos: files, ...options } = params;
    const { path: model, name } = modelOf(services, ref);
    const demos = demoFilesOf(services, files);
    return {
      request: {
        ...options,
        model,
        demos,
        maxTokens,
        nUbatch,
        placement,
      },
      subject: `${name} · ${demos.domain ?? displayNameOf(demos.files[0] ?? '')}`,
    };
  }
  const { modelId, domainId, limit, limitBy, fresh = false, importance } = params;
  return {
    request: {
      model: services.library.path(modelId),
      demos: { kind: 'domain', domainId },
      ...(limit !== null && { limit, limitBy }),
      ...(importance !== undefined && { importance }),
      maxTokens,
      nUbatch,
      placement,
      fresh,
    },
    subject: `${services.library.entry(modelId).name} · ${requireDemos(services.context.store, domainId).name}`,
  };
}

/** Estimates what scoring would need with the current settings, without loading the model. */
export function estimateCall(services: Services): CallHandler<'runs.estimate'> {
  const { context, native } = services;
  const countKept = countsOfDomain(services);
  return async (params, signal) => {
    await native.ensure();
    const warned: string[] = [];
    const task = idleTask(signal, (line) => warned.push(line));
    const { request } = scoreRequest(services, params);
    const count = 'modelId' in params ? () => countKept(request, params, signal) : undefined;
    const { estimate, scoring } = await estimateScore(request, context, task, count);
    return { ...estimate, unwritten: [...scoring.unwritten], warned };
  };
}

/** Counts a domain's demos, and keeps the last counts, since the page asks again at every change of a setting. */
function countsOfDomain({ context, library, vocabulary }: Services) {
  const { store } = context;
  let last: { readonly key: string; readonly counted: CountedDemos } | null = null;
  const countAll = async (path: string, domainId: number, maxTokens: number, signal: AbortSignal) => {
    const set = await collectDemos({ kind: 'domain', domainId }, {}, context, signal);
    const count = async ({ backend, model }: Vocabulary): Promise<CountedDemos> =>
      countedDemos(set, await tokenizeDemos(set.demos, model, maxTokens, backend, { signal }), model);
    return vocabulary.use(path, count, signal);
  };
  return async (
    { model, maxTokens, ...taken }: ScoreRequest,
    { modelId, domainId }: { readonly modelId: string; readonly domainId: number },
    signal: AbortSignal,
  ): Promise<CountedDemos> => {
    const { bytes, modifiedMs } = library.entry(modelId);
    const sizes = listDemoSizes(store, domainId);
    const key = JSON.stringify([modelId, bytes, modifiedMs, maxTokens, sizes.map(({ id, hash }) => [id, hash])]);
    if (last?.key !== key) last = { key, counted: await countAll(model, domainId, maxTokens, signal) };
    const { counted } = last;
    const wanted = new Set(takenDemos(sizes, (demo) => demo.bytes, taken).map(({ hash }) => hash));
    return { ...counted, demos: counted.demos.filter(({ hash }) => wanted.has(hash)) };
  };
}
