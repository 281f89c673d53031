// Writes a file of a search to its place, as an ordinary export.
import { resolve } from 'node:path';
import { isPlain, type FitResult } from '../../../contract/fit.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { QuantType } from '../../../contract/quantise.ts';
import type { FitRequest, Grouping, PruneRequest, QuantiseRequest, RepairRequest } from '../../../contract/requests.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import type { KnownRepair } from '../../write/repairing/run-repair.ts';
import { pruneModel, quantiseModel } from '../../write/repairing/write-model.ts';
import type { FileKind } from './candidates.ts';
import { quantiseOptions } from './fit-files.ts';

type ToWrite = {
  readonly file: FileKind<QuantType>;
  readonly kept: KeptExperts;
  readonly selectionId: number;
  readonly grouping: Grouping;
  /** The run that collected the importance matrix; null: none did. */
  readonly matrixRun: number | null;
  readonly nExpert: number;
  readonly ctx: number;
  readonly output: string;
  readonly repair?: RepairRequest | undefined;
};

/** How a file is written. A file that is the source model itself is not. */
type WritingRequest =
  | { readonly kind: 'export'; readonly request: PruneRequest }
  | { readonly kind: 'quantise'; readonly request: QuantiseRequest };

/** The request that writes a file of a search. */
export function writingRequest(
  { model, nextn = 'drop', requantise, imatrix, overwrite, budgetBytes }: FitRequest,
  { file, kept, selectionId, grouping, matrixRun, nExpert, ctx, output, repair }: ToWrite,
): WritingRequest {
  const { type, mix, width } = file;
  const quantised = type !== null && {
    quantise: quantiseOptions({ type, mix }, { requantise }),
    ...(imatrix !== undefined && { imatrix }),
    ...(imatrix === undefined && matrixRun !== null && { imatrixRun: matrixRun }),
  };
  const whole = {
    ...{ model, output: resolve(output), overwrite, dryRun: false },
    ...{ selectionId, madeFor: { bytes: budgetBytes, ctx }, repair },
  };
  if (quantised && isPlain(file, nExpert)) return { kind: 'quantise', request: { ...whole, ...quantised } };
  const cut = {
    ...{ kept, grouping, nextn, allowFewerUsed: false },
    ...(width !== null && { width }),
  };
  return { kind: 'export', request: { ...whole, ...quantised, ...cut } };
}

/** Writes a file. @param known its repair, which is copied; null: it stays as it is @throws WinnowError from writing */
export async function writeAsked(
  asked: WritingRequest,
  known: KnownRepair | null,
  context: EngineContext,
  task: Task,
): Promise<NonNullable<FitResult['written']>> {
  task.about({ step: { key: 'writing', done: 0, total: 0 } });
  const { path, bytes, exportId } =
    asked.kind === 'export'
      ? await pruneModel(asked.request, context, task, known)
      : await quantiseModel(asked.request, context, task, known);
  return { path, bytes, exportId };
}
