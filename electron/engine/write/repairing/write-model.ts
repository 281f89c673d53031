// Writes a smaller model: prunes or quantises it, repairs what was written in its place, and records both. Every export is written here.
import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type RepairCost, type RepairFacts, type RepairReport, repairFactsSchema } from '../../../contract/repair.ts';
import { WinnowError, sentenceBy } from '../../../contract/errors.ts';
import type { PruneRequest, QuantiseRequest, RepairRequest } from '../../../contract/requests.ts';
import { msg } from '../../../contract/sentences.ts';
import { Backend } from '../../base/backend/backend.ts';
import { fileState } from '../../base/files/file-state.ts';
import { repairedHash } from '../../experts/selection/selection.ts';
import { type InspectedModel, inspectModel } from '../../models/inspect.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { getExport, listExports, noteInPlan, noteVerified } from '../../store/exports.ts';
import { getSelection, type StoredSelection } from '../../store/selections.ts';
import type { Task } from '../../store/task.ts';
import { requireSpace } from '../../base/files/free-space.ts';
import type { WrittenFile } from '../pruning/write-gguf.ts';
import {
  type PruneOutcome,
  type QuantiseOutcome,
  type WrittenModel,
  runPrune,
  runQuantise,
} from '../exporting/run-export.ts';
import { readRepairDemos } from './repair-demos.ts';
import { copyRepair, fitTask, repairFile } from './repair-file.ts';
import { type FileToRepair, costLine, costOfRepair, madeFile, planRepair, plannedFile } from './repair-cost.ts';
import { recordTeacher } from './teacher.ts';
import { hashOfFile, identifying } from '../../models/identity.ts';
import { z } from 'zod';
import { exists, writeTextFile } from '../../base/files/user-files.ts';
import { unfinishedPath } from '../../base/files/unfinished.ts';
import { takeName } from '../../base/files/windows.ts';
import type { Store } from '../../store/database.ts';

/** `repair`: of a written file, if requested; `repairCost`: the same of a dry run. */
type MaybeRepaired<Outcome> = Outcome & { readonly repair?: RepairReport; readonly repairCost?: RepairCost };

/**
 * Prunes a model, and repairs what was written if requested.
 * @param earlier the repair of a file with the same weights, which is copied; null: it is fitted, if the request says so
 * @throws WinnowError as `runPrune` and `repairWritten`
 */
export async function pruneModel(
  request: PruneRequest,
  context: EngineContext,
  task: Task,
  earlier: KnownRepair | null = null,
): Promise<MaybeRepaired<PruneOutcome>> {
  const { chosenBy, ...written } = await runPrune(request, context, task);
  const { width, quantise } = request;
  const file = { keep: written.keep, width, bytes: written.bytes, type: quantise?.type.toLowerCase() };
  return withRepair(written, request, chosenBy, earlier, file, context, task);
}

/** Quantises a whole model, and repairs what was written if requested. @throws WinnowError as `runQuantise` and `repairWritten` */
export async function quantiseModel(
  request: QuantiseRequest,
  context: EngineContext,
  task: Task,
  earlier: KnownRepair | null = null,
): Promise<MaybeRepaired<QuantiseOutcome>> {
  const written = await runQuantise(request, context, task);
  const { quantise, selectionId } = request;
  const file = { bytes: written.bytes, type: quantise.type.toLowerCase() };
  const chosenBy = (selectionId !== undefined && getSelection(context.store, selectionId)) || null;
  return withRepair(written, request, chosenBy, earlier, file, context, task);
}

async function withRepair<Outcome extends PruneOutcome | QuantiseOutcome>(
  written: Outcome,
  { model: source, repair, dryRun }: PruneRequest | QuantiseRequest,
  chosenBy: StoredSelection | null,
  earlier: KnownRepair | null,
  file: FileToRepair,
  context: EngineContext,
  task: Task,
): Promise<MaybeRepaired<Outcome>> {
  if (earlier !== null) return repairAlike(written, earlier, context, task);
  if (repair === undefined) return written;
  const repairing = { source, repair, chosenBy };
  if (!dryRun) return repairWritten(written, repairing, context, task);
  return { ...written, repairCost: await estimateRepair(repairing, file, context, task) };
}

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
async function repairWritten<Outcome extends WrittenModel>(
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
    ...(await updateOutcome(written, file, facts, started, context)),
    repair: { facts, leftOut: null },
  });
  try {
    // the job was queued again after a repair that was complete except for its job's record
    const done = written.exportId === null ? undefined : getExport(context.store, written.exportId)?.plan;
    if (done?.repaired) return { ...written, repair: { facts: done.repaired, leftOut: null } };
    if (done?.unrepaired) return { ...written, repair: done.unrepaired };
    const result = await tookItsPlace(beside, task.signal);
    if (result !== null) return await repaired(result.file, result.facts);
    await removeBeside(beside);
    const model = await inspectModel(source, backend, identifying(context, task));
    const made = await inspectModel(beside.path, backend, identifying(context, task));
    const tools = { context, backend, placement, task };
    await requireSpace(dirname(beside.path), [made.info.bytes]);
    const { demos, modelId } = await readRepairDemos(model, repair, chosenBy, context, backend, task);
    const planned = await planRepair(model, demos, modelId, tools);
    const cost = costOfRepair(planned, madeFile(made));
    task.about({ estimate: { ...planned.teacher, seconds: cost.seconds } });
    task.log(costLine(cost));
    const besideScratch = (await isOnOneDisk(context.home, dirname(beside.folder))) ? made.info.bytes : 0;
    using teacher = await recordTeacher(model, demos, tools, cost.scratchBytes + besideScratch);
    await mkdir(beside.folder);
    const { file, facts } = await repairFile(made, teacher, beside.output, tools);
    const outcome =
      file === null
        ? leftAsItWas({ facts, leftOut: msg('repairNotBetter') })
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
    if (written.exportId !== null) noteInPlan(context.store, written.exportId, 'unrepaired', report);
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
  const { demos, modelId } = await readRepairDemos(model, repair, chosenBy, context, backend, task);
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
export async function repairAlike<Outcome extends WrittenModel>(
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
    const file = await copyRepair(made, repaired, facts, beside.output, { backend, task });
    return await updateOutcome(written, await takeItsPlace(file, facts, beside), facts, started, context);
  } finally {
    await removeBeside(beside);
  }
}

/** Updates the outcome and the export's row with the file as it is now. */
async function updateOutcome<Outcome extends WrittenModel>(
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
      noteInPlan(store, id, 'repaired', facts);
      noteInPlan(store, id, 'selectionHash', plan.selectionHash && repairedHash(plan.selectionHash, facts));
      noteInPlan(store, id, 'state', state);
    });
  }
  return { ...written, ...file, seconds };
}

async function isOnOneDisk(...folders: readonly [string, string]): Promise<boolean> {
  const [one, other] = await Promise.all(folders.map((folder) => stat(folder)));
  return one?.dev === other?.dev;
}

/** File in the folder that is written once the repaired file is complete there. */
const READY = 'ready.json';
const readySchema = z.object({ facts: repairFactsSchema, bytes: z.int(), sha256: z.string() });

/** A file, and the folder beside it that holds the repaired one until it replaces it. */
type Beside = { readonly folder: string; readonly path: string; readonly output: string };

/**
 * The folder and output for repairing an export's file. The export's row names the folder, so that an interrupted repair is found again;
 * what repairs of earlier files under the same name left is removed.
 */
export async function placeBeside(store: Store, exportId: number | null, path: string): Promise<Beside> {
  const rows = listExports(store).filter(({ outputPath }) => outputPath === path);
  const own = rows.find(({ id }) => id === exportId);
  for (const { id, plan } of rows) {
    if (id !== exportId && plan.repairing !== undefined) await rm(plan.repairing, { recursive: true, force: true });
  }
  const folder = own?.plan.repairing ?? unfinishedPath(path);
  if (own) noteInPlan(store, own.id, 'repairing', folder);
  return { folder, path, output: join(folder, basename(path)) };
}

/** Moves the repaired file over the original. @returns the file in its final place */
export async function takeItsPlace(
  { bytes, sha256 }: WrittenFile,
  facts: RepairFacts,
  { folder, path, output }: Beside,
): Promise<WrittenFile> {
  await writeTextFile(join(folder, READY), JSON.stringify({ facts, bytes, sha256 }));
  await takeName(output, path);
  return { path, bytes, sha256 };
}

/**
 * The outcome of a `takeItsPlace` after which the process was killed.
 * @returns null: it had not moved the file, or another one is there now
 */
export async function tookItsPlace(
  { folder, path, output }: Beside,
  signal: AbortSignal,
): Promise<{ readonly file: WrittenFile; readonly facts: RepairFacts } | null> {
  const text = await readFile(join(folder, READY), 'utf8').catch(() => null);
  const ready = text === null ? undefined : readySchema.safeParse(JSON.parse(text)).data;
  if (ready === undefined || (await exists(output)) || !(await exists(path))) return null;
  const { facts, bytes, sha256 } = ready;
  return (await hashOfFile(path, { signal })) === sha256 ? { file: { path, bytes, sha256 }, facts } : null;
}

/** Removes the folder with everything in it. */
async function removeBeside({ folder }: Beside): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}
