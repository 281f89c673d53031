// Repairs files in place that were just written.
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
import { fingerprintOfParts } from '../../models/identity.ts';
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
import { fitTask } from './fit-downs.ts';
import { finishTakingPlaces, leaveBeside, placeBeside, removeBeside, takePlaces, type Beside } from './in-place.ts';
import { evenly, knownDemos } from './known-demos.ts';
import { readRepairDemos } from './read-demos.ts';
import { copyRepair, repairFile } from './repair-file.ts';
import { costLine, costOfRepair, madeFile, plannedFile, planRepair, type FileToRepair } from './repair-cost.ts';
import { recordTeacher } from './teacher.ts';

type Written = {
  readonly exportId: number | null;
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string | null }[];
  readonly bytes: number;
  readonly seconds: number;
};

type Repairing = {
  /** Path of the full model. */
  readonly source: string;
  readonly repair: RepairRequest;
  /** The selection that the experts were chosen by; null: it is not stored. */
  readonly chosenBy: StoredSelection | null;
};

/**
 * Repairs written files. They stay as they were if the repair is not clearly better, or if the architecture does not allow it.
 * @returns the files as they are afterwards
 * @throws WinnowError as `repairFile`, `recordTeacher` and `repairDemos`; CANCELLED: the files are complete, but not repaired
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
  const paths = written.files.map(({ path }) => path);
  const beside = await placeBeside(context.store, written.exportId, paths);
  const repaired = async (files: readonly WrittenFile[], facts: RepairFacts) => ({
    ...(await outcomeOf(written, files, facts, started, context)),
    repair: { facts, leftOut: null },
  });
  try {
    // the job was queued again after a repair that was complete except for its job's record
    const done = written.exportId === null ? undefined : getExport(context.store, written.exportId)?.plan;
    if (done?.repaired) return { ...written, repair: { facts: done.repaired, leftOut: null } };
    if (done?.unrepaired) return { ...written, repair: done.unrepaired };
    const begun = await finishTakingPlaces(beside, task.signal);
    if (begun !== null) return await repaired(begun.files, begun.facts);
    await removeBeside(beside);
    const model = await inspectModel(source, backend, identifying(context, task));
    const made = await inspectModel(beside.paths[0]!, backend, identifying(context, task));
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
    const { files, facts } = await repairFile(made, teacher, optionsOf(beside), tools);
    const outcome =
      files === null
        ? leftAsItWas({ facts, leftOut: say('repairNotBetter') })
        : await repaired(await takePlaces(files, facts, beside), facts);
    await teacher.remove();
    return outcome;
  } catch (error) {
    if (!(error instanceof WinnowError) || error.code !== 'ARCH_REFUSED') throw error;
    task.log(error.message);
    return leftAsItWas({ facts: null, leftOut: sentenceBy(error) });
  } finally {
    await leaveBeside(beside);
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
 * Copies the fitted tensors of a repaired file into files that differ only in their headers.
 * @returns the files as they are afterwards
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
  const made = await inspectModel(written.files[0]!.path, backend, identifying(context, task));
  const paths = written.files.map(({ path }) => path);
  const beside = await placeBeside(context.store, written.exportId, paths);
  try {
    await removeBeside(beside);
    await mkdir(beside.folder);
    const files = await copyRepair(made, repaired, facts, optionsOf(beside), { backend, task });
    return await outcomeOf(written, await takePlaces(files, facts, beside), facts, started, context);
  } finally {
    await leaveBeside(beside);
  }
}

function optionsOf({ paths, output }: Beside) {
  return { output, overwrite: true, split: paths.length > 1 ? ('keep' as const) : ('single' as const) };
}

/** Updates the outcome and the export's row with the files as they are now. */
async function outcomeOf<Outcome extends Written>(
  written: Outcome,
  files: readonly WrittenFile[],
  facts: RepairFacts,
  started: number,
  context: EngineContext,
): Promise<Outcome> {
  const seconds = written.seconds + (performance.now() - started) / 1000;
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  await noteFiles(written.exportId, { taken: files, facts, bytes, seconds }, context);
  return { ...written, files, bytes, seconds };
}

/** @throws WinnowError NO_SPACE: there is no room for the repaired files beside the existing ones */
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

/** Records the repaired files in the export's row. */
async function noteFiles(
  exportId: number | null,
  {
    taken,
    facts,
    bytes,
    seconds,
  }: {
    readonly taken: readonly WrittenFile[];
    readonly facts: RepairFacts;
    readonly bytes: number;
    readonly seconds: number;
  },
  { store }: EngineContext,
): Promise<void> {
  const row = exportId === null ? undefined : getExport(store, exportId);
  if (!row) return;
  const [{ sha256 }] = taken as [WrittenFile];
  const fingerprint = fingerprintOfParts(taken.map((file) => file.sha256));
  const notes = taken.map(async (file) => ({
    path: file.path,
    sha256: file.sha256,
    state: await fileState(file.path),
  }));
  const written = await Promise.all(notes);
  store.transaction(() => {
    noteVerified(store, row.id, { bytes, sha256, fingerprint, seconds });
    noteRepaired(store, row.id, facts);
    if (row.plan.selectionHash !== null) setSelectionHash(store, row.id, repairedHash(row.plan.selectionHash, facts));
    noteWritten(store, row.id, written);
  });
}
