// Writes the best file to the requested place, as an ordinary export, and stores the choice of its experts.
import { resolve } from 'node:path';
import { isPlain, type ChoosingWay, type FitResult } from '../../../contract/fit.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { QuantType } from '../../../contract/quantise.ts';
import { Backend } from '../../base/backend/backend.ts';
import { planCopy } from '../../write/pruning/plan.ts';
import { runPrune } from '../../write/pruning/run-prune.ts';
import { writeGgufFiles } from '../../write/pruning/write-gguf.ts';
import { quantiserIn } from '../../write/quantising/quantiser.ts';
import { runQuantise } from '../../write/quantising/run-quantise.ts';
import { repairAlike } from '../../write/repairing/run-repair.ts';
import { noteMadeFor } from '../../store/exports.ts';
import type { FileKind } from './candidates.ts';
import { quantiseOptions, type FileOptions } from './fit-files.ts';
import type { SearchContext } from './search-context.ts';

type Best = FileKind<QuantType> & { readonly kept: KeptExperts };

type How = {
  readonly way: ChoosingWay;
  readonly making: FileOptions;
  readonly runId: number;
  readonly output: string;
  /** The measured file, if it was repaired; null: it was not. */
  readonly repaired: Parameters<typeof repairAlike>[1] | null;
};

/** Writes the file. @throws WinnowError from writing */
export async function writeBest(
  best: Best,
  { request, chooser, context, progress: { task } }: SearchContext,
  { way, making, runId, output, repaired }: How,
): Promise<NonNullable<FitResult['written']>> {
  const { type, mix, kept, activeExperts, width } = best;
  const { model, imatrix, grouping, nextn } = making;
  const { info } = model;
  const { overwrite } = request;
  task.about({ step: { key: 'writing', done: 0, total: 0 } });
  const whole = { model: request.model, output: resolve(output), split: 'single', overwrite, dryRun: false } as const;
  const quantised = type !== null && {
    quantise: quantiseOptions({ type, mix }, making),
    ...(imatrix !== null && { imatrix }),
    // without a named matrix, it is the one that the run collected
    ...(imatrix !== null && request.imatrix === undefined && { imatrixRun: runId }),
  };
  const { id: selectionId } = await chooser.stored(way, best);
  if (!isPlain(best, info.nExpert)) {
    const pruned = {
      ...whole,
      ...quantised,
      kept,
      selectionId,
      grouping,
      nextn,
      allowFewerUsed: false,
      ...(activeExperts !== null && { activeExperts }),
      ...(width !== null && { width }),
    };
    return written(await asMeasured(await runPrune(pruned, context, task, quantiserIn(context.scratchDir))));
  }
  if (quantised) {
    return written(await asMeasured(await runQuantise({ ...whole, ...quantised, selectionId }, context, task)));
  }
  using backend = new Backend('off', context.host);
  const [copy] = await writeGgufFiles(planCopy(model, whole), {
    backend,
    overwrite,
    signal: task.signal,
    onProgress: (done, total) => task.progress(done, total, 'bytes'),
  });
  return { path: copy!.path, bytes: copy!.bytes, exportId: null };

  async function asMeasured<Outcome extends Parameters<typeof repairAlike>[0]>(outcome: Outcome): Promise<Outcome> {
    const { exportId } = outcome;
    const madeFor = { bytes: request.budgetBytes, ctx: making.ctx };
    if (exportId !== null) noteMadeFor(context.store, exportId, madeFor);
    return repaired === null ? outcome : repairAlike(outcome, repaired, context, task);
  }
}

function written({
  files,
  bytes,
  exportId,
}: Pick<Awaited<ReturnType<typeof runPrune>>, 'files' | 'bytes' | 'exportId'>): NonNullable<FitResult['written']> {
  return { path: files[0]!.path, bytes, exportId };
}
