// The quantise use case: takes a whole model, and writes a verified, smaller GGUF.
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { QuantiseRequest } from '../../../contract/requests.ts';
import { Backend } from '../../base/backend/backend.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import { refuseInputAsOutput } from '../../base/files/user-files.ts';
import { requireLoadable } from '../../models/check-load.ts';
import { type InspectedModel, inspectModel } from '../../models/inspect.ts';
import { checkImatrix, imatrixSource, planImatrix } from '../pruning/imatrix-file.ts';
import { planCopy } from '../pruning/plan.ts';
import { bytesOfTypes, planQuantised, requireQuantisable } from '../quantising/planned-quantised.ts';
import { writeQuantised } from '../quantising/write-quantised.ts';
import { recordExport, settleInterruptedExports } from './recorded-export.ts';
import type { WrittenModel } from './run-prune.ts';
import { checkName, checkSpace } from '../pruning/target-checks.ts';
import { withRunMatrix } from '../pruning/write-importance.ts';
import { requireRun } from '../../experts/runs/stored-run.ts';
import { quantisedAs } from '../../store/exports.ts';
import { knownModel, writtenHash } from '../../experts/selection/known-model.ts';
import { identifying } from '../../models/identity.ts';

export type QuantiseOutcome = WrittenModel & {
  readonly seconds: number;
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
  const { scratchDir } = context;
  const model = await inspectModel(request.model, backend, identifying(context, task));
  await requireLoadable(model.info, backend);
  if (request.imatrix !== undefined) await refuseInputAsOutput(request.output, [request.imatrix]);
  if (!request.dryRun) await settleInterruptedExports(context, task.signal);

  const { info } = model;
  const matrix = request.imatrix === undefined ? null : await checkImatrix(request.imatrix, model, backend, task);
  const imatrix = matrix && planImatrix(matrix, model, { kept: everyExpert(model) });
  const by = { options: request.quantise, imatrix, blockCount: info.blockCount };
  const file = planCopy(model, request.output);
  const to = await planQuantised(file, by, { backend, scratchDir });
  requireQuantisable(to, by);
  const outcome = { fullBytes: info.bytes, types: bytesOfTypes(to) };
  const { path } = file;
  const { bytes } = to;
  if (request.dryRun) {
    await checkName(file, request.overwrite);
    await checkSpace(path, bytes);
    return { ...outcome, exportId: null, path, bytes, sha256: null, seconds: 0 };
  }

  const { selectionId = null, madeFor } = request;
  const made = {
    quantised: quantisedAs(request.quantise, request.imatrix),
    how: {
      grouping: 'ungrouped' as const,
      activeExperts: null,
      chosenBy: null,
      imatrix: matrix && (await imatrixSource(matrix, request.imatrixRun)),
    },
  };
  const plan = {
    keep: info.nExpert,
    selectionHash: selectionId === null ? null : writtenHash(info, everyExpert(model), made),
    selectionId,
    // the domain of the matrix decides which weights keep the most precision
    domains: request.imatrixRun === undefined ? [] : [requireRun(context.store, request.imatrixRun).run.domain],
    ...(madeFor !== undefined && { madeFor }),
    ...made,
  };
  const row = { stored: knownModel(context.store, info), source: info, plan, path, overwrite: request.overwrite };
  const written = await recordExport({ ...row, backend }, context, task, (options) =>
    writeQuantised(file, by, { ...options, scratchDir }),
  );
  return { ...outcome, ...written };
}

function everyExpert({ info }: InspectedModel): KeptExperts {
  return info.moeLayers.map(() => Array.from({ length: info.nExpert }, (_, expert) => expert));
}
