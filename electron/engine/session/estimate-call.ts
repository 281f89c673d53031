// The call that tells what scoring would need, before it is started.
import type { CallHandler } from '../../contract/server.ts';
import { Backend } from '../backend/backend.ts';
import { howToLoad } from '../placement/load-model.ts';
import { scoringNeed } from '../placement/workload.ts';
import { estimateRun } from '../scoring/estimate-run.ts';
import { collectDemos } from '../demos/collect-demos.ts';
import { planBatch } from '../placement/plan-batch.ts';
import { tokenizeDemos } from '../demos/tokenize.ts';
import { listDemoIds } from '../store/demos.ts';
import type { Desk } from './desk.ts';
import { readSettings } from './settings.ts';

type Lengths = { readonly lengths: readonly number[]; readonly isRecurrent: boolean };

export function estimateCall(desk: Desk): CallHandler<'runs.estimate'> {
  const { context, library, native } = desk;
  const lengthsOf = lengthsKept(desk);
  return async ({ modelId, domainId, limit }, signal) => {
    await native.ensure();
    const { nUbatch, maxTokens, placement } = readSettings(context.store);
    const { info, shape } = await library.headerFacts(modelId);
    const { lengths: all, isRecurrent } = await lengthsOf(modelId, domainId, maxTokens, signal);
    const lengths = all.slice(0, limit ?? undefined);
    using backend = new Backend(placement.gpu, context.host);
    const placed = await howToLoad(backend, info, placement, { shape, need: scoringNeed(nUbatch, lengths), signal });
    const batch = await planBatch(
      { info, shape },
      { lengths, alone: isRecurrent, nUbatch, placement, placed, begun: null },
      backend,
      { signal },
    );
    return await estimateRun(
      {
        info,
        shape,
        lengths,
        isRecurrent,
        batch: { ...batch, nSlice: batch.nSlice || batch.nUbatch },
        placed,
        memoryLimit: placement.memoryLimit,
        threads: placement.threads,
      },
      context,
      backend,
      signal,
    );
  };
}

/** Tokens of a domain's demos, kept for what was asked last: the page asks again at every change of a setting. */
function lengthsKept(desk: Desk) {
  let last: { readonly key: string; readonly lengths: Lengths } | null = null;
  return async (modelId: string, domainId: number, maxTokens: number, signal: AbortSignal): Promise<Lengths> => {
    const { bytes, modifiedMs } = desk.library.entry(modelId);
    const demos = listDemoIds(desk.context.store, domainId);
    const key = JSON.stringify([modelId, bytes, modifiedMs, maxTokens, demos]);
    if (last?.key !== key) {
      const set = await collectDemos({ kind: 'domain', domainId }, undefined, desk.context, signal);
      const lengths = await desk.vocabulary.use(
        desk.library.path(modelId),
        async ({ backend, model }) => ({
          lengths: (await tokenizeDemos(set.demos, model, maxTokens, backend, { signal })).demos.map(
            ({ tokens }) => tokens.length,
          ),
          isRecurrent: model.isRecurrent,
        }),
        signal,
      );
      last = { key, lengths };
    }
    return last.lengths;
  };
}
