// The call that estimates what scoring would need, before it is started.
import type { Sentence } from '../../../contract/sentences.ts';
import type { CallHandler } from '../../../contract/server.ts';
import { collectDemos } from '../../demos/collect-demos.ts';
import { takenPlaces } from '../../demos/gather.ts';
import { tokenizeDemos } from '../../demos/tokenize.ts';
import type { RunSubject } from '../../experts/scoring/plan-run.ts';
import { estimateScoring, estimateTokenized } from '../../experts/scoring/run-scoring.ts';
import { stopRequest } from '../../experts/scoring/stop-when-stable.ts';
import { listDemoBytes, listDemoIds } from '../../store/demos.ts';
import { listModels } from '../../store/models.ts';
import { idleTask } from '../../store/task.ts';
import { scoringOfFiles } from './score-files.ts';
import type { Services } from './services.ts';

type Tokenized = Pick<RunSubject, 'demos' | 'alone'> & {
  /** Of all demos of the domain, in their order. */
  readonly hashes: readonly string[];
  /** What the chat template leaves out of them. */
  readonly unwritten: readonly Sentence[];
};

/** What scoring a domain’s demos would need with the settings as they are; the model is not loaded. */
export function estimateCall(services: Services): CallHandler<'runs.estimate'> {
  const { context, library, native } = services;
  const tokenizedOf = tokenizedKept(services);
  return async (params, signal) => {
    await native.ensure();
    if (!('modelId' in params)) {
      const warned: string[] = [];
      const task = idleTask(signal, (line) => warned.push(line));
      const estimate = await estimateScoring(scoringOfFiles(services, params).request, context, task);
      return { ...estimate, unwritten: [], warned };
    }
    const { modelId, domainId, limit, limitBy, rounds = 1, stopWhenStable } = params;
    const { nUbatch, maxTokens, placement } = services.settings();
    const { info, scoredShape } = await library.headerFacts(modelId);
    const { predictionLayers = [] } = info;
    const { demos, alone, hashes, unwritten } = await tokenizedOf(modelId, domainId, maxTokens, signal);
    const known = listModels(context.store).find(
      ({ info: { path, bytes } }) => path === info.path && bytes === info.bytes,
    );
    const places = takenPlaces(listDemoBytes(context.store, domainId), { limit: limit ?? undefined, limitBy });
    const taken = new Set(places.map((place) => hashes[place]));
    const subject = {
      ...{ info, shape: scoredShape, modelRow: known?.id ?? null, predictionLayers, alone },
      demos: demos.filter(({ hash }) => taken.has(hash)),
    };
    const stop = stopWhenStable && stopRequest(stopWhenStable);
    const asked = { nUbatch, maxTokens, placement, rounds, stopWhenStable: stop };
    return { ...(await estimateTokenized(subject, asked, context, signal)), unwritten: [...unwritten], warned: [] };
  };
}

/** A domain's demos as tokens, kept for what was asked last: the page asks again at every change of a setting. */
function tokenizedKept(services: Services) {
  let last: { readonly key: string; readonly tokenized: Tokenized } | null = null;
  return async (modelId: string, domainId: number, maxTokens: number, signal: AbortSignal): Promise<Tokenized> => {
    const { bytes, modifiedMs } = services.library.entry(modelId);
    const ids = listDemoIds(services.context.store, domainId);
    const key = JSON.stringify([modelId, bytes, modifiedMs, maxTokens, ids]);
    if (last?.key !== key) {
      const set = await collectDemos({ kind: 'domain', domainId }, {}, services.context, signal);
      const tokenized = await services.vocabulary.use(
        services.library.path(modelId),
        async ({ backend, model }) => {
          const { demos, unwritten } = await tokenizeDemos(set.demos, model, maxTokens, backend, { signal });
          return {
            demos: demos.map(({ hash, tokens }) => ({ hash, tokens: tokens.length })),
            alone: model.isRecurrent,
            hashes: set.demos.map(({ hash }) => hash),
            unwritten,
          };
        },
        signal,
      );
      last = { key, tokenized };
    }
    return last.tokenized;
  };
}
