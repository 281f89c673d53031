// Builds the request to score, for its estimate and for its run: a model of the library on a domain's demos, or files.
import type { DomainScoring, ScoreFiles } from '../../../contract/api/runs.ts';
import type { ScoreRequest } from '../../../contract/requests.ts';
import { displayNameOf } from '../../base/files/display-path.ts';
import { requireDemos } from '../../demos/collect-demos.ts';
import { demoFilesOf, modelOf } from './named-files.ts';
import type { Services } from './services.ts';
import type { CallHandler } from '../../../contract/server.ts';
import { estimateScore } from '../../experts/scoring/prepare-scoring.ts';
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
  return async (params, signal) => {
    await native.ensure();
    const warned: string[] = [];
    const task = idleTask(signal, (line) => warned.push(line));
    const { request } = scoreRequest(services, params);
    const { estimate, scoring } = await estimateScore(request, context, task);
    return { ...estimate, unwritten: [...scoring.unwritten], warned };
  };
}
