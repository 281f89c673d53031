// Repairs a file in place that was just written.
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { RepairCost, RepairFacts, RepairReport } from '../../../contract/repair.ts';
import { sentenceBy, WinnowError } from '../../../contract/errors.ts';
import type { RepairRequest } from '../../../contract/requests.ts';
import { say } from '../../../contract/sentences.ts';
import { Backend } from '../../base/backend/backend.ts';
import { fileState } from '../../base/files/file-state.ts';
import { domainsOf } from '../../experts/selections/selection-view.ts';
import { repairedHash } from '../../experts/selection/selection.ts';
import { identifying } from '../../models/identifying.ts';
import { inspectModel, type InspectedModel } from '../../models/inspect.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import {
  getExport,
  noteRepaired,
  noteUnrepaired,
  noteVerified,
  noteWritten,
  setSelectionHash,
} from '../../store/exports.ts';
import type { StoredSelection } from '../../store/selections.ts';
import type { Task } from '../../store/task.ts';
import { freeBytes, spaceProblem } from '../../base/files/free-space.ts';
import type { WrittenFile } from '../pruning/write-gguf.ts';
import type { WrittenModel } from '../exporting/run-prune.ts';
import { fitTask } from './fit-downs.ts';
import { placeBeside, removeBeside, takeItsPlace, tookItsPlace, type Beside } from './in-place.ts';
import { evenly, knownDemos } from './known-demos.ts';
import { readRepairDemos } from './read-demos.ts';
import { copyRepair, repairFile } from './repair-file.ts';
import { costLine, costOfRepair, madeFile, plannedFile, planRepair, type FileToRepair } from './repair-cost.ts';
import { recordTeacher } from './teacher.ts';

type Written = WrittenModel & { readonly exportId: number | null; readonly seconds: number };

type Repairing = {
  /** Path of the full model. */
  readonly source: string;
  readonly repair: RepairRequest;
  /** The selection that the experts were chosen by; null: it is not stored. */
  readonly chosenBy: StoredSelection | null;
};

/**
 * Repairs a written file. It stays as it was if the repair is not clearly better, or if the architecture does not allow it.
 * @returns the file as it is afterwards
 * @throws WinnowError as `repairFile`, `recordTeacher` and `repairDemos`; CANCELLED: the file is complete, but not repaired
 */
export async function repairWritten<Outcome extends Written>(
  written: Outcome,
  { source, repair, chosenBy }: Repairing,
  context: EngineContext,
  job: Task,
): Promise<Outcome & { readonly repair: RepairReport }> {
  const task = fitTask(job);
  const { placement } = repair;
  using backend = new Backend(placement.gpu, context.host);
  const started = performance.now();
  const beside = await placeBeside(context.store, written.exportId, written.path);
  const repaired = async (file: WrittenFile, facts: RepairFacts) => ({
    ...(await outcomeOf(written, file, facts, started, context)),
    repair: { facts, leftOut: null },
  });
  try {
    // the job was queued again after a repair that was complete except for its job's record
    const done = written.exportId === null ? undefined : getExport(context.store, written.exportId)?.plan;
    if (done?.repaired) return { ...written, repair: { facts: done.repaired, leftOut: null } };
    if (done?.unrepaired) return { ...written, repair: done.unrepaired };
    const taken = await tookItsPlace(beside, task.signal);
    if (taken !== null) return await repaired(taken.file, taken.facts);
    await removeBeside(beside);
    const model = await inspectModel(source, backend, identifying(context, task));
    const made = await inspectModel(beside.path, backend, identifying(context, task));
    const tools = { context, backend, placement, task };
    await requireRoom(beside, made);
    const { demos, modelId } = await demosOf(model, { repair, chosenBy }, context, backend, task);
    const planned = await planRepair(model, demos, modelId, tools);
    const cost = costOfRepair(planned, madeFile(made));
    task.about({ estimate: { ...planned.teacher, seconds: cost.seconds } });
    task.log(costLine(cost));
    const besideScratch = (await isOnOneDisk(context.home, dirname(beside.folder))) ? made.info.bytes : 0;
    using teacher = await recordTeacher(model, demos, tools, cost.scratchBytes + besideScratch);
    await mkdir(beside.folder);
    const { file, facts } = await repairFile(made, teacher, { output: beside.output, overwrite: true }, tools);
    const outcome =
      file === null
        ? leftAsItWas({ facts, leftOut: say('repairNotBetter') })
        : await repaired(await takeItsPlace(file, facts, beside), facts);
    await teacher.remove();
    return outcome;
  } catch (error) {
    if (!(error instanceof WinnowError) || error.code !== 'ARCH_REFUSED') throw error;
    task.log(error.message);
    return leftAsItWas({ facts: null, leftOut: sentenceBy(error) });
  } finally {
    await removeBeside(beside);
  }

  function leftAsItWas(report: RepairReport): Outcome & { readonly repair: RepairReport } {
    if (written.exportId !== null) noteUnrepaired(context.store, written.exportId, report);
    return { ...written, repair: report };
  }
}

/**
 * Estimates the cost of `repairWritten` for a file that is not written yet.
 * @throws WinnowError from inspecting and from the demos
 */
export async function estimateRepair(
  { source, repair, chosenBy }: Repairing,
  file: FileToRepair,
  context: EngineContext,
  task: Task,
): Promise<RepairCost> {
  const { placement } = repair;
  using backend = new Backend(placement.gpu, context.host);
  const model = await inspectModel(source, backend, identifying(context, task));
  const { demos, modelId } = await demosOf(model, { repair, chosenBy }, context, backend, task);
  const planned = await planRepair(model, demos, modelId, { context, backend, placement, task });
  return costOfRepair(planned, plannedFile(model, file));
}

/** A repaired file, and the facts of its repair. */
export type KnownRepair = { readonly repaired: InspectedModel; readonly facts: RepairFacts };

/**
 * Copies the fitted tensors of a repaired file into a file that differs only in its header.
 * @returns the file as it is afterwards
 * @throws WinnowError as `copyRepair`
 */
export async function repairAlike<Outcome extends Written>(
  written: Outcome,
  { repaired, facts }: KnownRepair,
  context: EngineContext,
  task: Task,
): Promise<Outcome> {
  const started = performance.now();
  using backend = new Backend('off', context.host);
  const made = await inspectModel(written.path, backend, identifying(context, task));
  const beside = await placeBeside(context.store, written.exportId, written.path);
  try {
    await removeBeside(beside);
    await mkdir(beside.folder);
    const options = { output: beside.output, overwrite: true };
    const file = await copyRepair(made, repaired, facts, options, { backend, task });
    return await outcomeOf(written, await takeItsPlace(file, facts, beside), facts, started, context);
  } finally {
    await removeBeside(beside);
  }
}

/** Updates the outcome and the export's row with the file as it is now. */
async function outcomeOf<Outcome extends Written>(
  written: Outcome,
  file: WrittenFile,
  facts: RepairFacts,
  started: number,
  { store }: EngineContext,
): Promise<Outcome> {
  const { bytes, sha256, path } = file;
  const seconds = written.seconds + (performance.now() - started) / 1000;
  const row = written.exportId === null ? undefined : getExport(store, written.exportId);
  if (row) {
    const { id, plan } = row;
    const state = await fileState(path);
    store.transaction(() => {
      noteVerified(store, id, { bytes, sha256, seconds });
      noteRepaired(store, id, facts);
      if (plan.selectionHash !== null) setSelectionHash(store, id, repairedHash(plan.selectionHash, facts));
      noteWritten(store, id, state);
    });
  }
  return { ...written, ...file, seconds };
}

/** @throws WinnowError NO_SPACE: there is no room for the repaired file beside the existing one */
async function requireRoom({ folder }: Beside, { info: { bytes } }: InspectedModel): Promise<void> {
  const missing = spaceProblem(dirname(folder), await freeBytes(folder), [bytes]);
  if (missing) throw missing;
}

async function isOnOneDisk(...folders: readonly [string, string]): Promise<boolean> {
  const [one, other] = await Promise.all(folders.map((folder) => stat(folder)));
  return one?.dev === other?.dev;
}

async function demosOf(
  model: InspectedModel,
  { repair, chosenBy }: Pick<Repairing, 'repair' | 'chosenBy'>,
  context: EngineContext,
  backend: Backend,
  task: Task,
) {
  const { limit } = repair;
  const known = chosenBy === null ? [] : evenly(knownDemos(context.store, chosenBy), limit);
  if (repair.demos === undefined && known.length === 0) throw new WinnowError('DEMOS_EMPTY', say('repairWithoutDemos'));
  const [domain = 'demos'] = chosenBy === null ? [] : domainsOf(chosenBy);
  const demos = repair.demos ?? { kind: 'stored' as const, domain, demos: known };
  return readRepairDemos(model, { demos, limit }, context, backend, task);
}
