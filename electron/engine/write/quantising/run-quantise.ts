// The quantise use case: takes a whole model, and writes a verified, smaller GGUF.
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { QuantiseRequest } from '../../../contract/requests.ts';
import { Backend } from '../../base/backend/backend.ts';
import { requireOpenFiles } from '../../base/backend/open-files.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { identifying } from '../../models/identifying.ts';
import type { Task } from '../../store/task.ts';
import { parseBytes } from '../../base/files/parse-bytes.ts';
import { refuseInputAsOutput } from '../../base/files/user-files.ts';
import { requireLoadable } from '../../models/check-load.ts';
import { inspectModel, type InspectedModel } from '../../models/inspect.ts';
import { checkImatrix } from '../pruning/imatrix-file.ts';
import { imatrixSource, planImatrix } from '../pruning/imatrix.ts';
import { planCopy } from '../pruning/plan.ts';
import { planToQuantise } from '../pruning/plan-export.ts';
import { bytesOfTypes } from '../pruning/quantiser.ts';
import { recordExport } from '../pruning/recorded-export.ts';
import type { PruneOutcome } from '../pruning/run-prune.ts';
import { settleInterruptedExports } from '../pruning/settle-interrupted.ts';
import { checkNames, checkSpace } from '../pruning/target-checks.ts';
import { withRunMatrix } from '../pruning/write-importance.ts';
import { requireRun } from '../../experts/runs/stored-run.ts';
import { quantisedAs } from '../../store/exports.ts';
import { knownModel, writtenHash } from '../../experts/selection/known-model.ts';
import { quantiserIn } from './quantiser.ts';

export type QuantiseOutcome = Pick<PruneOutcome, 'files' | 'bytes' | 'seconds'> & {
  /** Row of the export; null: a dry run. */
  readonly exportId: number | null;
  readonly fullBytes: number;
  /** Total bytes of the tensors of each type, largest first. */
  readonly types: ReturnType<typeof bytesOfTypes>;
};

/** Quantises a model. @throws WinnowError from inspecting, from the importance matrix, from planning and from writing */
export function runQuantise(request: QuantiseRequest, context: EngineContext, task: Task): Promise<QuantiseOutcome> {
  return withRunMatrix(request, context, task.signal, (by) => quantised(by, context, task));
}

async function quantised(request: QuantiseRequest, context: EngineContext, task: Task): Promise<QuantiseOutcome> {
  using backend = new Backend('off', context.host);
  const quantiser = quantiserIn(context.scratchDir);
  const model = await inspectModel(request.model, backend, identifying(context, task));
  await requireLoadable(model.info, backend);
  if (request.imatrix !== undefined) await refuseInputAsOutput(request.output, [request.imatrix]);
  if (!request.dryRun) await settleInterruptedExports(context, task.signal);

  const { info } = model;
  const { output } = request;
  const matrix = request.imatrix === undefined ? null : await checkImatrix(request.imatrix, model, backend, task);
  const imatrix = matrix && planImatrix(matrix, output, model, { kept: everyExpert(model) });
  const split = request.splitMax === undefined ? request.split : { maxBytes: parseBytes(request.splitMax) };
  const by = { options: request.quantise, imatrix, blockCount: info.blockCount };
  const layOut = (how: typeof split) => planCopy(model, { output, split: how });
  const { files, bytes, quantised: to } = await planToQuantise(split, layOut, by, backend, quantiser);
  quantiser.require(to.plan, by);
  requireOpenFiles(files.map(({ path }) => path));
  const outcome = { fullBytes: info.bytes, types: bytesOfTypes(to.plan) };
  if (request.dryRun) {
    await checkNames(files, request.overwrite);
    await checkSpace(files, bytes);
    const planned = files.map(({ path }, i) => ({ path, bytes: bytes[i] ?? 0, sha256: null }));
    return { ...outcome, exportId: null, files: planned, bytes: to.plan.bytes, seconds: 0 };
  }

  const { selectionId = null, madeFor } = request;
  const made = {
    quantised: quantisedAs(request.quantise, request.imatrix),
    how: {
      grouping: 'ungrouped' as const,
      activeExperts: null,
      lowerUsed: false,
      nextn: 'reuse' as const,
      split: request.split,
      splitMax: request.splitMax ?? null,
      chosenBy: null,
      imatrix: matrix && (await imatrixSource(matrix, request.imatrixRun)),
    },
  };
  const plan = {
    keep: info.nExpert,
    files: files.map(({ path }) => path),
    selectionHash: selectionId === null ? null : writtenHash(info, everyExpert(model), made),
    selectionId,
    // the domain of the matrix decides which weights keep the most precision
    domains: request.imatrixRun === undefined ? [] : [requireRun(context.store, request.imatrixRun).run.domain],
    ...(madeFor !== undefined && { madeFor }),
    ...made,
  };
  const row = {
    stored: knownModel(context.store, info),
    source: info,
    plan,
    files,
    overwrite: request.overwrite,
    backend,
  };
  const {
    exportId,
    files: written,
    bytes: writtenBytes,
    seconds,
  } = await recordExport(row, context, task, (options) => quantiser.write(files, by, options));
  return { ...outcome, exportId, files: written, bytes: writtenBytes, seconds };
}

function everyExpert({ info }: InspectedModel): KeptExperts {
  return info.moeLayers.map(() => Array.from({ length: info.nExpert }, (_, expert) => expert));
}
