// Repairs a written file: fits its experts' down matrices so that its residual stream comes closest to the full model's,
// block after block. Each matrix is quantised as in the file before the next is fitted.
import { basename } from 'node:path';
import { WinnowError } from '../../../contract/errors.ts';
import { REPAIRED_PARTS, REPAIR_RIDGE, type RepairFacts } from '../../../contract/repair.ts';
import { msg } from '../../../contract/sentences.ts';
import { WINNOW_KEYS } from '../../../contract/winnow-keys.ts';
import { type Backend, loadVocabulary } from '../../base/backend/backend.ts';
import type { FittedDown, Params } from '../../base/backend/protocol.ts';
import { hashJson } from '../../base/files/canonical-json.ts';
import { openResumableFolder } from '../../store/scratch-folder.ts';
import type { InspectedModel } from '../../models/inspect.ts';
import { requireUnchanged } from '../../models/identity.ts';
import { modelShape } from '../../models/placement/model-shape.ts';
import { compareJudged, judge } from './gate.ts';
import { planCopy } from '../pruning/plan.ts';
import type { PlannedTensor } from '../pruning/planned-file.ts';
import { type WrittenFile, writeGguf } from '../pruning/write-gguf.ts';
import { type RepairTools, loadPlaced, placeDemos, requireSameModel } from './placed-demos.ts';
import {
  type DownTensor,
  type RepairedFile,
  SWEEPS,
  fitFlops,
  fittedBytes,
  madeFile,
  memoryOfFit,
} from './repair-cost.ts';
import { countTokens } from './repair-demos.ts';
import { REPAIR_VERSION, type Teacher } from './teacher.ts';
import { DOWN } from '../../models/expert-tensors.ts';
import { bytesIn, requireSpace } from '../../base/files/free-space.ts';
import type { Task } from '../../store/task.ts';
import { noteWork } from '../../store/rates.ts';

type Repaired = {
  /** null: the repair is not clearly better, and was not written. */
  readonly file: WrittenFile | null;
  /** Facts of the repair, including what it was measured to be worth. */
  readonly facts: RepairFacts;
};

/**
 * Repairs a file, and writes the result if it is clearly better.
 * @param made pruned, quantised or both, from the teacher's model, which the worker no longer needs to hold
 * @param output not the path of `made`; a file there is overwritten
 * @throws WinnowError MODEL_CHANGED: it was made from another model; ARCH_REFUSED: its blocks cannot be fitted; OUT_OF_MEMORY, NO_SPACE;
 * as `writeGguf`; CANCELLED: what is done is kept for the next time
 */
export async function repairFile(
  made: InspectedModel,
  teacher: Teacher,
  output: string,
  tools: RepairTools,
): Promise<Repaired> {
  requireSameModel(made, teacher.model);
  const { backend, context } = tools;
  const { info } = made;
  const ofFit = madeFile(made);
  if (ofFit.downs.length === 0) throw new WinnowError('ARCH_REFUSED', msg('repairNoMatrices', { path: info.path }));

  const { fitted, judging } = teacher.demos;
  const { nExpertUsed } = modelShape(made);
  const placed = await placeDemos(
    made,
    fitted,
    tools,
    memoryOfFit(ofFit.downs, countTokens(teacher.demos).fitted, nExpertUsed),
  );
  const { load } = placed.reading;
  const key = hashJson({
    version: REPAIR_VERSION,
    teacher: teacher.key,
    made: info.fingerprint,
    ridge: REPAIR_RIDGE,
    sweeps: SWEEPS,
    load,
    kvType: placed.context.kvType,
    nSlice: placed.context.nSlice,
  });
  using folder = await openResumableFolder(`file-${key}`, context);
  await requireScratch(folder.path, ofFit);

  const { nLayers } = await loadPlaced(made, placed, tools);
  const before = await judge(judging, teacher.folder, tools);
  await backend.call('setMask', { mask: new Uint8Array(nLayers * info.nExpert).fill(1), ungrouped: false });
  const nBlocks = info.moeLayers.length;
  const blocks = { sequences: [...fitted], ...placed.context, folder: folder.path, nBlocks };
  const downs = await fitDowns(blocks, teacher.folder, ofFit.downs, nExpertUsed, tools);
  const gate = compareJudged(before, await judge(judging, teacher.folder, tools));
  await requireUnchanged(made.info);

  const facts = toFacts(teacher, gate);
  const file = gate.kept ? await writeRepaired(made, fittedTensors(downs, made), facts, output, tools) : null;
  await loadVocabulary(backend, made.info); // releases the fitted files
  await folder.remove();
  return { file, facts };
}

/** What writing a repaired file takes. */
type FileTools = { readonly backend: Backend; readonly task: Task };

/**
 * Copies the fitted tensors of a repaired file into a file that differs only in its header.
 * @param facts facts of the repair
 * @throws WinnowError as `writeGguf`
 */
export async function copyRepair(
  made: InspectedModel,
  repaired: InspectedModel,
  facts: RepairFacts,
  output: string,
  tools: FileTools,
): Promise<WrittenFile> {
  const fitted = planCopy(repaired, output).tensors.filter(({ name }) => name.endsWith(`.${DOWN}`));
  return writeRepaired(made, new Map(fitted.map((tensor) => [tensor.name, tensor])), facts, output, tools);
}

async function writeRepaired(
  made: InspectedModel,
  tensors: ReadonlyMap<string, PlannedTensor>,
  facts: RepairFacts,
  output: string,
  { backend, task }: FileTools,
): Promise<WrittenFile> {
  const set = [{ key: WINNOW_KEYS.repair, type: 'string' as const, value: JSON.stringify(facts) }];
  return writeGguf(planCopy(made, output, tensors, set), { backend, overwrite: true, signal: task.signal });
}

/** The fitted down matrices, indexed by tensor name, to replace the file's own. */
export function fittedTensors(fitted: readonly FittedDown[], { tensors }: InspectedModel): Map<string, PlannedTensor> {
  const files = new Map(fitted.map((block) => [`blk.${block.block}.${DOWN}`, block]));
  return new Map(
    tensors.flatMap(({ name, type, ne, bytes }): [string, PlannedTensor][] => {
      const file = files.get(name);
      return file
        ? [[name, { name, type, ne, bytes, sourcePath: file.path, ranges: [{ offset: 0, length: bytes }] }]]
        : [];
    }),
  );
}

function toFacts({ model, demos, sequences }: Teacher, gate: RepairFacts['gate']): RepairFacts {
  const { domain, fitted, seen } = demos;
  return {
    version: 1,
    domain,
    parts: [...REPAIRED_PARTS],
    demos: fitted.length,
    tokens: fitted.reduce((sum, { length }) => sum + length, 0),
    sequences,
    seen: [...seen],
    source: { name: basename(model.info.path), fingerprint: model.info.fingerprint },
    ridge: REPAIR_RIDGE,
    gate,
  };
}

/** Requires disk space for what is not fitted yet. @throws WinnowError NO_SPACE */
async function requireScratch(folder: string, file: RepairedFile): Promise<void> {
  const unfitted = fittedBytes(file) - (await bytesIn(folder));
  await requireSpace(folder, [Math.max(0, unfitted)]);
}

/** Where each step begins and ends, in permille of the work, roughly. */
const SHARES: Readonly<Record<string, readonly [from: number, to: number]>> = {
  recording: [0, 250],
  repairing: [250, 950],
};

/**
 * Fits the matrices of all blocks.
 * @param blocks the pass over the demos; its folder receives the fitted tensors, and an interrupted fit resumes from it
 * @param streams folder of the full model's streams
 * @param downs the down matrices of each block, with as many experts as are kept
 * @param used experts that each token is routed to
 * @param tools.backend holds the model with its own matrices; afterwards it holds the fitted ones
 * @throws WinnowError ARCH_REFUSED: the model's blocks cannot be fitted; CANCELLED
 */
async function fitDowns(
  blocks: Params<'recordStreams'>,
  streams: string,
  downs: readonly DownTensor[],
  used: number,
  { backend, context, task: { signal, about } }: RepairTools,
): Promise<readonly FittedDown[]> {
  const fitted = await backend.call(
    'fitDown',
    { ...blocks, streams, ridge: REPAIR_RIDGE, sweeps: SWEEPS },
    {
      signal,
      onProgress: (done, total) =>
        about({ step: { key: 'repairing', done: Math.min(Math.floor(done) + 1, total), total } }),
    },
  );
  const fittedNow = new Set(fitted.flatMap(({ block, seconds }) => (seconds > 0 ? [`blk.${block}.${DOWN}`] : [])));
  const anew = downs.filter(({ name }) => fittedNow.has(name));
  const tokens = blocks.sequences.reduce((sum, { length }) => sum + length, 0);
  const seconds = fitted.reduce((sum, block) => sum + block.seconds, 0);
  noteWork(context.store, 'fit', fitFlops(anew, tokens, used), seconds);
  await backend.call('setDown', { blocks: fitted.map(({ block, path }) => ({ block, path })) });
  return fitted;
}

/** A task that turns the steps of a fit into progress. */
export function fitTask(task: Task): Task {
  return {
    ...task,
    about: (note) => {
      task.about(note);
      const { step } = note;
      const [from, to] = SHARES[step?.key ?? ''] ?? [];
      if (!step || from === undefined || to === undefined) return;
      task.progress(Math.round(from + ((to - from) * (step.done - 1)) / step.total), 1000, 'permille');
    },
  };
}
