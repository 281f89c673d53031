// Repairs files that were just written, in their place.
import { mkdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { displayBytes } from '../../../contract/display-bytes.ts';
import { REPAIR_TOKENS, type RepairFacts, type RepairReport } from '../../../contract/repair.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { RepairRequest } from '../../../contract/requests.ts';
import { inEnglish, say } from '../../../contract/sentences.ts';
import { Backend } from '../../base/backend/backend.ts';
import { fileState } from '../../base/files/file-state.ts';
import { takeName } from '../../base/files/windows.ts';
import { prepareScoring } from '../../experts/scoring/prepare-scoring.ts';
import { domainsOf } from '../../experts/selections/selection-view.ts';
import { repairedHash } from '../../experts/selection/selection.ts';
import { fingerprintOfParts } from '../../models/identity.ts';
import { identifying } from '../../models/identifying.ts';
import { inspectModel, type InspectedModel } from '../../models/inspect.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { getExport, noteRepaired, noteVerified, noteWritten, setSelectionHash } from '../../store/exports.ts';
import type { StoredSelection } from '../../store/selections.ts';
import type { Task } from '../../store/task.ts';
import { evenly, knownDemos } from '../calibrating/calibrate-selection.ts';
import type { WrittenFile } from '../pruning/write-gguf.ts';
import { namedDemos, repairDemos, type RepairDemos } from './repair-demos.ts';
import { copyRepair, repairFile } from './repair-file.ts';
import { repairCost } from './repair-cost.ts';
import { recordTeacher } from './teacher.ts';

/** Of a demo, before its window is chosen. */
const MOST_READ = 8192;

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
  /** By which the experts were chosen; null: none that is stored. */
  readonly chosenBy: StoredSelection | null;
};

/**
 * The files stay as they were where that is not clearly better, and where the architecture does not allow it.
 * @returns the files as they lie there then
 * @throws WinnowError as `repairFile`, `recordTeacher` and `repairDemos`; CANCELLED: the files are whole, and not repaired
 */
export async function repairWritten<Outcome extends Written>(
  written: Outcome,
  { source, repair, chosenBy }: Repairing,
  context: EngineContext,
  task: Task,
): Promise<Outcome & { readonly repair: RepairReport }> {
  const { placement } = repair;
  using backend = new Backend(placement.gpu, context.host);
  const started = performance.now();
  const [first] = written.files;
  const model = await inspectModel(source, backend, identifying(context, task));
  const made = await inspectModel(first!.path, backend, identifying(context, task));
  const tools = { context, backend, placement, task };
  const beside = besideOf(made);
  try {
    const demos = await demosOf(source, { repair, chosenBy }, context, backend, task);
    const cost = await repairCost(model, made, demos, tools);
    task.about({ estimate: cost.teacher });
    task.log(
      `The repair passes ${cost.tokens} tokens of ${demos.fitted.length} demos at once, with ${displayBytes(cost.scratchBytes)} on the disk and ${displayBytes(cost.moreBytes)} of memory more than scoring, meanwhile.`,
    );
    using teacher = await recordTeacher(model, demos, tools);
    await mkdir(beside.folder, { recursive: true });
    const { files, facts } = await repairFile(made, teacher, beside.options, tools);
    await teacher.remove();
    if (files === null) return { ...written, repair: { facts, leftOut: inEnglish(say('repairNotBetter')) } };
    return { ...(await inTheirPlace(written, files, facts, started, context)), repair: { facts, leftOut: null } };
  } catch (error) {
    if (!(error instanceof WinnowError) || error.code !== 'ARCH_REFUSED') throw error;
    const leftOut = error.message;
    task.log(leftOut);
    return { ...written, repair: { facts: null, leftOut } };
  } finally {
    await rm(beside.folder, { recursive: true, force: true });
  }
}

/**
 * Gives files the matrices of a repaired one that is the same but for its header.
 * @returns the files as they lie there then
 * @throws WinnowError as `copyRepair`
 */
export async function repairAlike<Outcome extends Written>(
  written: Outcome,
  { repaired, facts }: { readonly repaired: InspectedModel; readonly facts: RepairFacts },
  context: EngineContext,
  task: Task,
): Promise<Outcome> {
  const started = performance.now();
  using backend = new Backend('off', context.host);
  const made = await inspectModel(written.files[0]!.path, backend, identifying(context, task));
  const beside = besideOf(made);
  try {
    await mkdir(beside.folder, { recursive: true });
    const files = await copyRepair(made, repaired, facts, beside.options, { backend, task });
    return await inTheirPlace(written, files, facts, started, context);
  } finally {
    await rm(beside.folder, { recursive: true, force: true });
  }
}

/** Where the repaired files lie until they take the place of those that were written. */
function besideOf({ info: { path, parts } }: InspectedModel) {
  const isSplit = parts.length > 1;
  const folder = join(dirname(path), `.${basename(path)}.repair`);
  const output = join(folder, `${isSplit ? 'model' : basename(path, '.gguf')}.gguf`);
  return { folder, options: { output, overwrite: true, split: isSplit ? ('keep' as const) : ('single' as const) } };
}

async function inTheirPlace<Outcome extends Written>(
  written: Outcome,
  files: readonly WrittenFile[],
  facts: RepairFacts,
  started: number,
  context: EngineContext,
): Promise<Outcome> {
  const taken: WrittenFile[] = [];
  for (const [i, file] of files.entries()) {
    const { path } = written.files[i]!;
    await takeName(file.path, path);
    taken.push({ ...file, path });
  }
  const seconds = written.seconds + (performance.now() - started) / 1000;
  const bytes = taken.reduce((sum, file) => sum + file.bytes, 0);
  await noteFiles(written.exportId, { taken, facts, bytes, seconds }, context);
  return { ...written, files: taken, bytes, seconds };
}

async function demosOf(
  model: string,
  { repair, chosenBy }: Pick<Repairing, 'repair' | 'chosenBy'>,
  context: EngineContext,
  backend: Backend,
  task: Task,
): Promise<RepairDemos> {
  const { limit, placement } = repair;
  const known = chosenBy === null ? [] : evenly(knownDemos(context.store, chosenBy), limit);
  if (repair.demos === undefined && known.length === 0) throw new WinnowError('DEMOS_EMPTY', say('repairWithoutDemos'));
  const [domain = 'demos'] = chosenBy === null ? [] : domainsOf(chosenBy);
  const demos = repair.demos ?? { kind: 'stored' as const, domain, demos: known };
  const asked = { model, demos, limit, maxTokens: MOST_READ, nUbatch: 'auto' as const, placement, fresh: true };
  const scoring = await prepareScoring(asked, context, backend, task, { prediction: false });
  return repairDemos(namedDemos(scoring), scoring.domain, { tokens: REPAIR_TOKENS, alone: scoring.plan.alone });
}

/** The export's row says of its files what lies there now. */
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
  noteVerified(store, row.id, { bytes, sha256, fingerprint, seconds });
  noteRepaired(store, row.id, facts);
  if (row.plan.selectionHash !== null) setSelectionHash(store, row.id, repairedHash(row.plan.selectionHash, facts));
  noteWritten(
    store,
    row.id,
    await Promise.all(
      taken.map(async (file) => ({ path: file.path, sha256: file.sha256, state: await fileState(file.path) })),
    ),
  );
}
