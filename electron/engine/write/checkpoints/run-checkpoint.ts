// The use case: takes an original checkpoint and the experts to keep, and writes a smaller checkpoint in the same layout.
import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import type { CheckpointOutcome } from '../../../contract/api/checkpoints.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { CheckpointRequest } from '../../../contract/requests.ts';
import { type Sentence, inEnglish, msg } from '../../../contract/sentences.ts';
import { realPath } from '../../base/files/paths.ts';
import { Backend } from '../../base/backend/backend.ts';
import { requireSpace } from '../../base/files/free-space.ts';
import { exists } from '../../base/files/user-files.ts';
import { readChoiceFile } from '../../experts/selection/choice-file.ts';
import type { Selection } from '../../experts/selection/selection.ts';
import { requireSelection, readSettings } from '../../experts/selections/selection-view.ts';
import { type InspectedModel, inspectModel } from '../../models/inspect.ts';
import { blocksOfChoice } from '../../models/prediction-blocks.ts';
import { type MadeFor, matchModel } from '../../models/sameness.ts';
import { claimWork } from '../../store/owner.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { findModel } from '../../store/models.ts';
import type { AtPath, Task } from '../../store/task.ts';
import { CONFIG, type Checkpoint, readCheckpoint } from './checkpoint.ts';
import { asModel, planCheckpoint } from './plan-checkpoint.ts';
import { requireFreeFolder, writeCheckpoint } from './write-checkpoint.ts';
import type { TensorInfo } from '../../../contract/model-info.ts';
import { readFully } from '../pruning/source-bytes.ts';
import { routerName } from './records.ts';
import { ROUTER } from '../../models/expert-tensors.ts';
import { identifying } from '../../models/identity.ts';

/** Cuts a checkpoint. @throws WinnowError from reading, from the choice, from planning and from writing; USAGE: another process writes there */
export async function runCheckpoint(
  request: CheckpointRequest,
  context: EngineContext,
  task: Task,
): Promise<AtPath<CheckpointOutcome>> {
  const started = performance.now();
  const output = resolve(request.output);
  const checkpoint = await readCheckpoint(request.checkpoint, task.signal);
  requireApart(checkpoint.folder, output);
  const chosen = await chosenFor(request, checkpoint, context, task.signal);
  const proof = await prove(request, chosen, checkpoint, context, task);
  const text = await readFile(join(checkpoint.folder, CONFIG), 'utf8');
  const choice = { ...chosen.selection, nextn: request.nextn, allowFewerUsed: request.allowFewerUsed };
  const plan = planCheckpoint(checkpoint, choice, text, output);
  const warnings = [...proof.warnings, ...plan.warnings];
  warnings.forEach((warning) => task.log(inEnglish(warning)));
  const outcome = {
    path: output,
    keep: plan.keep,
    nExpert: checkpoint.nExpert,
    kept: chosen.selection.kept.map((row) => [...row]),
    proved: proof.proved,
    warnings,
    leftOut: [...checkpoint.leftOut],
    copied: checkpoint.others.length,
    bytes: plan.bytes,
    fullBytes: plan.fullBytes,
    modelType: checkpoint.config.model_type,
  };
  if (request.dryRun) {
    await requireFreeFolder(output);
    await requireSpace(dirname(output), [plan.bytes]);
    const files = plan.weights.map(({ header, file }) => ({
      name: relative(output, file.path),
      sha256: null,
      bytes: file.tensors.reduce((sum, { bytes }) => sum + bytes, header.byteLength),
    }));
    return { ...outcome, files, seconds: 0 };
  }
  const claim = claimWork(context.store, `checkpoint ${createHash('sha256').update(realPath(output)).digest('hex')}`);
  if ('pid' in claim) throw new WinnowError('USAGE', msg('checkpointElsewhere', { pid: claim.pid, path: output }));
  using _ = claim;
  const files = await writeCheckpoint(plan, checkpoint, output, {
    signal: task.signal,
    onProgress: (done, total) => task.progress(done, total, 'bytes'),
  });
  return { ...outcome, files, seconds: (performance.now() - started) / 1000 };
}

/** @throws WinnowError USAGE: one folder lies inside the other */
function requireApart(folder: string, output: string): void {
  const [from, to] = [realPath(folder), realPath(output)];
  const isWithin = (inner: string, outer: string): boolean => !/^\.\.|^([/\\]|[A-Za-z]:)/.test(relative(outer, inner));
  if (isWithin(to, from) || isWithin(from, to)) {
    throw new WinnowError('USAGE', msg('checkpointWithin', { path: output, folder }), { path: output });
  }
}

/** The choice, and the model that it was made for. */
type Chosen = {
  readonly selection: Selection;
  readonly name: string;
  readonly model: MadeFor & { readonly arch: string; readonly blocks: readonly number[]; readonly nExpert: number };
};

/** Reads the choice. @throws WinnowError from reading it; CHOICE_INVALID: it does not fit; MODEL_CHANGED: it was made for another kind of model */
async function chosenFor(
  request: CheckpointRequest,
  checkpoint: Checkpoint,
  context: EngineContext,
  signal: AbortSignal,
): Promise<Chosen> {
  const info = asModel(checkpoint);
  const chosen = await readChoice(request, context, signal);
  const { model, name, selection } = chosen;
  const { arch } = checkpoint.record;
  const wanted = blocksOfChoice(info, selection.kept);
  if (model.arch === arch && model.blocks.join() === wanted.join() && model.nExpert === info.nExpert) return chosen;
  const names = { path: name, folder: checkpoint.folder, arch: model.arch, own: arch };
  const counts = {
    nExpert: model.nExpert,
    experts: info.nExpert,
    first: model.blocks[0] ?? 0,
    ownFirst: wanted[0] ?? 0,
  };
  throw new WinnowError(
    'MODEL_CHANGED',
    msg('checkpointOtherKind', { ...names, ...counts, layers: model.blocks.length, ownLayers: info.moeLayers.length }),
    { path: checkpoint.folder },
  );
}

async function readChoice(request: CheckpointRequest, { store }: EngineContext, signal: AbortSignal): Promise<Chosen> {
  const { choice, selectionId, activeExperts: active } = request;
  if (selectionId !== undefined) {
    const { selection, model } = requireSelection(store, selectionId);
    const { grouping, activeExperts } = readSettings(selection);
    const { arch, nExpert, kindred, fileType } = model.info;
    const blocks = blocksOfChoice(model.info, selection.kept);
    return {
      selection: { kept: selection.kept, grouping, activeExperts },
      name: selection.name,
      model: { arch, nExpert, blocks, fingerprint: model.fingerprint, kindred, fileType },
    };
  }
  if (choice === undefined) throw new WinnowError('USAGE', msg('checkpointNeedsChoice', { path: request.checkpoint }));
  const { model, kept, settings } = await readChoiceFile(choice, signal);
  const { arch, fingerprint, kindred, file_type: fileType, moe_layers: blocks, n_expert: nExpert } = model;
  return {
    selection: { kept, grouping: settings.grouping, activeExperts: active ?? settings.activeExperts },
    name: choice,
    model: { arch, blocks, nExpert, fingerprint, kindred, fileType },
  };
}

type Proof = { readonly proved: CheckpointOutcome['proved']; readonly warnings: readonly Sentence[] };

/**
 * Compares the checkpoint's routers with those of the file that the experts were chosen in, if that file is available.
 * @throws WinnowError MODEL_CHANGED: the choice was not made in this file, or its routers differ; from inspecting a named file
 */
async function prove(
  { model: named }: CheckpointRequest,
  { model: of, name }: Chosen,
  checkpoint: Checkpoint,
  context: EngineContext,
  task: Task,
): Promise<Proof> {
  const unproved = (reason: Sentence): Proof => ({
    proved: 'shape',
    warnings: [msg('checkpointUnproved', { path: checkpoint.folder, reason })],
  });
  const lastPath = findModel(context.store, of.fingerprint)?.path;
  const path = named ?? (lastPath !== undefined && (await exists(lastPath)) ? lastPath : undefined);
  if (path === undefined) return unproved(msg('checkpointModelGone'));
  const gguf = await inspect(path, context, task).catch((error: unknown) => {
    if (named !== undefined || task.signal.aborted) throw error;
    return null; // it has been moved or replaced
  });
  const isOfChoice = gguf !== null && matchModel(of, gguf.info) !== null;
  if (gguf === null || (!isOfChoice && named === undefined)) return unproved(msg('checkpointModelGone'));
  if (!isOfChoice) {
    throw new WinnowError('MODEL_CHANGED', msg('checkpointForeignModel', { path: name, model: path }), { path });
  }
  if (!(await haveSameRouters(checkpoint, gguf, task.signal))) return unproved(msg('checkpointRoutersOther'));
  return { proved: 'routers', warnings: [] };
}

async function inspect(path: string, context: EngineContext, task: Task): Promise<InspectedModel> {
  using backend = new Backend('off', context.host);
  return await inspectModel(path, backend, identifying(context, task));
}

/**
 * Compares the routers of all layers with experts, value by value: converters keep their values, and quantisers leave them alone. Equal ones
 * in all layers are no coincidence, but they prove nothing about the other weights.
 * @returns false: they are stored in types that do not keep the values, such as quantised ones
 * @throws WinnowError MODEL_CHANGED: a router differs
 */
async function haveSameRouters(checkpoint: Checkpoint, gguf: InspectedModel, signal: AbortSignal): Promise<boolean> {
  const { folder, files, moeLayers, record } = checkpoint;
  const tensors = new Map(files.flatMap((file) => file.tensors).map((tensor) => [tensor.name, tensor]));
  const blocks = new Map(gguf.tensors.map((tensor) => [tensor.name, tensor]));
  const { path } = gguf.info;
  for (const layer of moeLayers) {
    signal.throwIfAborted();
    const own = tensors.get(`model.layers.${layer}.${routerName(record)}`);
    const other = blocks.get(`blk.${layer}.${ROUTER}`);
    const differ = (): WinnowError =>
      new WinnowError('MODEL_CHANGED', msg('checkpointOtherModel', { path: folder, model: path, layer }), {
        path: folder,
        layer,
      });
    if (!own || !other || own.shape.toReversed().join() !== other.ne.join()) throw differ();
    const place = { path: gguf.info.parts[other.part] ?? path, offset: other.fileOffset, bytes: other.bytes };
    const [ours, theirs] = [await values(own.dtype, own), await values(ggmlType(other), place)];
    if (!ours || !theirs) return false;
    if (!ours.every((value, i) => Object.is(value, theirs[i]))) throw differ();
  }
  return moeLayers.length > 0;
}

function ggmlType({ type }: TensorInfo): string {
  return type.toUpperCase();
}

type Place = { readonly path: string; readonly offset: number; readonly bytes: number };

/** The values of a tensor; null: its type is not read here. */
async function values(dtype: string, { path, offset, bytes }: Place): Promise<Float32Array | null> {
  if (!['F32', 'F16', 'BF16'].includes(dtype)) return null;
  const data = Buffer.alloc(bytes);
  await using file = await open(path, 'r');
  await readFully(file, data, offset, path);
  const { buffer, byteOffset } = data;
  if (dtype === 'F32') return new Float32Array(buffer, byteOffset, bytes / 4);
  if (dtype === 'F16') return Float32Array.from(new Float16Array(buffer, byteOffset, bytes / 2));
  const bits = Uint32Array.from(new Uint16Array(buffer, byteOffset, bytes / 2), (half) => half << 16);
  return new Float32Array(bits.buffer);
}
