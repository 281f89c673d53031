// Previews an export: what it would do and what prevents it, as far as can be known without writing.
import { dirname } from 'node:path';
import type { ExportPlan } from '../../../contract/api/exports.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { PruneRequest } from '../../../contract/requests.ts';
import { Backend } from '../../base/backend/backend.ts';
import { endingHost } from '../../base/backend/ending-host.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { displayPathOf } from '../../base/files/display-path.ts';
import { inspectModel } from '../../models/inspect.ts';
import { readImatrix } from '../pruning/imatrix-file.ts';
import { planExport, prepareExport } from './plan-export.ts';
import { bytesOfTypes, requireQuantisable } from '../quantising/planned-quantised.ts';
import { refuseInputs } from './run-prune.ts';
import { freeBytes } from '../../base/files/free-space.ts';
import { folderProblem, nameProblem, spaceProblemAt } from '../pruning/target-checks.ts';

/**
 * Returns what an export would do. Problems are returned, not thrown: an export with the same request would fail with the first
 * of them. If planning itself fails, the size is 0.
 * @throws WinnowError from inspecting the model; CANCELLED
 */
export async function previewExport(
  request: PruneRequest,
  context: EngineContext,
  signal: AbortSignal,
): Promise<ExportPlan> {
  using backend = new Backend('off', endingHost(context.host, signal));
  const model = await inspectModel(request.model, backend, context.forPlans());
  const problems: WinnowError[] = [];
  const attempt = async <T>(work: () => T | Promise<T>): Promise<T | null> => {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof WinnowError) || error.code === 'BACKEND_CRASHED') throw error;
      problems.push(error);
      return null;
    }
  };

  await attempt(() => refuseInputs(request));
  const plan = await attempt(() => planExport(request, model, context.store, signal));
  const prepared =
    plan &&
    (await attempt(async () => {
      const matrix = request.imatrix === undefined ? null : await readImatrix(request.imatrix, model, backend);
      return prepareExport(request.quantise, plan, matrix, backend, context.scratchDir);
    }));
  const quantised = prepared?.quantised;
  await attempt(() => {
    if (quantised) requireQuantisable(quantised.plan, quantised.by);
  });
  const path = plan?.file.path ?? request.output;
  const prunedBytes = prepared?.bytes ?? 0;
  const more = [
    plan && (await nameProblem(plan.file, request.overwrite)),
    await folderProblem(path),
    prepared && (await spaceProblemAt(path, prunedBytes)),
  ];
  problems.push(...more.filter((problem) => problem !== null));
  return {
    displayPath: displayPathOf(path),
    fullBytes: model.info.bytes,
    prunedBytes,
    freeBytes: await freeBytes(dirname(path)),
    types: quantised ? bytesOfTypes(quantised.plan) : null,
    warnings: [...(plan?.warnings ?? [])],
    problems: problems.map(({ code, message, sentence }) => ({ code, message, ...(sentence && { sentence }) })),
  };
}
