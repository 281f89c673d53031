// The evaluate use case: one text, one model, perhaps a mask, perhaps a full model to compare with.
import { basename } from 'node:path';
import type { EvaluateRequest } from '../../contract/requests.ts';
import { Backend } from '../backend/backend.ts';
import type { EngineContext, Task } from '../context.ts';
import { inspectModel, requirePrunable } from '../models/inspect.ts';
import { requireEnoughExperts } from '../pruning/check-kept.ts';
import { readMaskFile } from '../selection/mask-file.ts';
import { addEvaluation } from '../store/evaluations.ts';
import { evaluateAll, readEvaluationText } from './evaluate.ts';
import type { EvaluationResult } from './measure-text.ts';

/**
 * @throws WinnowError of the text, the mask, inspecting, loading and measuring
 */
export async function runEvaluation(
  request: EvaluateRequest,
  context: EngineContext,
  task: Task,
): Promise<EvaluationResult> {
  const text = await readEvaluationText(request.text);
  const inspect = async (path: string) => {
    using backend = new Backend('off', context.host);
    return (await inspectModel(path, backend)).info;
  };
  const info = await inspect(request.model);
  const against = request.against === undefined ? undefined : { info: await inspect(request.against) };
  let kept: readonly (readonly number[])[] | undefined;
  if (request.mask !== undefined) {
    requirePrunable(info);
    kept = (await readMaskFile(request.mask, { nLayers: info.moeLayers.length, nExpert: info.nExpert })).kept;
    requireEnoughExperts(kept, info);
  }

  const ungrouped = kept !== undefined && info.nExpertGroups > 1 && request.grouping === 'ungrouped';
  const [row] = await evaluateAll(
    [{ info, kept, ungrouped }],
    [{ name: basename(request.text), text }],
    {
      placement: request.placement,
      host: context.host,
      scratchDir: context.scratchDir,
      ctx: request.ctx,
      chunks: request.chunks,
      signal: task.signal,
      onProgress: (done, total) => task.progress(Math.round((1000 * done) / total), 1000, 'permille'),
    },
    against,
  );
  const result = row?.[0];
  if (!result) throw new Error('an evaluation has one result');
  const { placement: _placement, ...settings } = request;
  addEvaluation(context.store, { modelPath: info.path, measured: null, settings, result });
  return result;
}
