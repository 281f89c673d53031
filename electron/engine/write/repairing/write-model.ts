// Writes a smaller model: prunes or quantises it, repairs what was written, and records both. Every export is written here.
import type { RepairCost, RepairReport } from '../../../contract/repair.ts';
import type { PruneRequest, QuantiseRequest } from '../../../contract/requests.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { getSelection, type StoredSelection } from '../../store/selections.ts';
import type { Task } from '../../store/task.ts';
import { runPrune, type PruneOutcome } from '../exporting/run-prune.ts';
import { runQuantise, type QuantiseOutcome } from '../exporting/run-quantise.ts';
import type { FileToRepair } from './repair-cost.ts';
import { estimateRepair, repairAlike, repairWritten, type KnownRepair } from './run-repair.ts';

/** `repair`: of a written file, if requested; `repairCost`: the same of a dry run. */
type Repaired<Outcome> = Outcome & { readonly repair?: RepairReport; readonly repairCost?: RepairCost };

/**
 * Prunes a model, and repairs what was written if requested.
 * @param known the repair of a file with the same weights, which is copied; null: it is fitted, if the request says so
 * @throws WinnowError as `runPrune` and `repairWritten`
 */
export async function pruneModel(
  request: PruneRequest,
  context: EngineContext,
  task: Task,
  known: KnownRepair | null = null,
): Promise<Repaired<PruneOutcome>> {
  const { chosenBy, ...written } = await runPrune(request, context, task);
  const { width, quantise } = request;
  const file = { keep: written.keep, width, bytes: written.bytes, type: quantise?.type.toLowerCase() };
  return repaired(written, { request, chosenBy, known, file }, context, task);
}

/** Quantises a whole model, and repairs what was written if requested. @throws WinnowError as `runQuantise` and `repairWritten` */
export async function quantiseModel(
  request: QuantiseRequest,
  context: EngineContext,
  task: Task,
  known: KnownRepair | null = null,
): Promise<Repaired<QuantiseOutcome>> {
  const written = await runQuantise(request, context, task);
  const { quantise, selectionId } = request;
  const file = { bytes: written.bytes, type: quantise.type.toLowerCase() };
  const chosenBy = (selectionId !== undefined && getSelection(context.store, selectionId)) || null;
  return repaired(written, { request, chosenBy, known, file }, context, task);
}

type Repairing = {
  readonly request: PruneRequest | QuantiseRequest;
  readonly chosenBy: StoredSelection | null;
  readonly known: KnownRepair | null;
  readonly file: FileToRepair;
};

async function repaired<Outcome extends PruneOutcome | QuantiseOutcome>(
  written: Outcome,
  { request: { model: source, repair, dryRun }, chosenBy, known, file }: Repairing,
  context: EngineContext,
  task: Task,
): Promise<Repaired<Outcome>> {
  if (known !== null) return repairAlike(written, known, context, task);
  if (repair === undefined) return written;
  const repairing = { source, repair, chosenBy };
  if (!dryRun) return repairWritten(written, repairing, context, task);
  return { ...written, repairCost: await estimateRepair(repairing, file, context, task) };
}
