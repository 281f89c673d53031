// Plans a pruned GGUF: which bytes of the source go where, and which keys change. Nothing is written here.
import { resolve } from 'node:path';
import { WinnowError } from '../../../contract/errors.ts';
import type { GgufHeader, ModelInfo, TensorInfo } from '../../../contract/model-info.ts';
import { type Sentence, msg } from '../../../contract/sentences.ts';
import { WINNOW_KEYS } from '../../../contract/winnow-keys.ts';
import type { GgufEdit } from '../../../../native/index.ts';
import { type InspectedModel, requirePrunable } from '../../models/inspect.ts';
import { requireActiveExperts } from '../../models/active-experts.ts';
import { checkKept } from '../../experts/selection/check-kept.ts';
import { blockTensor, expertAxis } from '../../models/expert-tensors.ts';
import { type KeptBlocks, type PruneOptions, keptBlocks } from './kept-blocks.ts';
import { type Narrowed, neuronsIn, rowsLeft, blockWidth } from './narrowed.ts';
import type { PlannedFile, PlannedTensor, TensorPart } from './planned-file.ts';
import { USUAL_ALIGNMENT } from '../../models/gguf-keys.ts';
import { earlierKeys } from './choosing-demos.ts';

export type PrunePlan = {
  readonly info: ModelInfo;
  readonly keep: number;
  readonly file: PlannedFile;
  /** Bytes of tensor data: what will be written, except for headers and padding of a few kilobytes. */
  readonly bytes: number;
  readonly warnings: readonly Sentence[];
};

/** Keys of a part of a split model, and of how a pruned source was made. */
const SPLIT_KEYS = ['split.no', 'split.count', 'split.tensors.count'];
const MADE_BY_KEYS = [WINNOW_KEYS.criterion, WINNOW_KEYS.selection, WINNOW_KEYS.repair];

/** Plans a pruned model in one file. @throws WinnowError NOT_MOE, ARCH_REFUSED, CHOICE_INVALID, SELECTION_IMPOSSIBLE */
export function planPrune(model: InspectedModel, options: PruneOptions): PrunePlan {
  const { info } = model;
  requirePrunable(info);
  const warnings: Sentence[] = [];
  const keep = checkKept(info, options, warnings);
  if (options.activeExperts !== undefined) requireActiveExperts(options.activeExperts, model, keep);
  const blocks = keptBlocks(info, options);
  if (blocks.said) warnings.push(blocks.said);

  const tensors = model.tensors
    .filter(({ name }) => !isDropped(name, info, blocks))
    .map((tensor) => planTensor(tensor, info, blocks, options.narrowed));
  const { kv } = model;
  const set = [...keyEdits(info, kv, blocks, keep, options), ...earlierKeys(kv)];
  const file = inOneFile(model, tensors, set, MADE_BY_KEYS, options.output);
  return { info, keep, file, bytes: tensors.reduce((sum, { bytes }) => sum + bytes, 0), warnings };
}

function inOneFile(
  { info, headers }: InspectedModel,
  tensors: readonly PlannedTensor[],
  set: readonly GgufEdit[],
  remove: readonly string[],
  output: string,
): PlannedFile {
  return {
    path: resolve(output),
    keysFrom: info.path,
    remove: [...SPLIT_KEYS, ...remove],
    set,
    alignment: headers[0]?.alignment ?? USUAL_ALIGNMENT,
    tensors,
  };
}

/**
 * Plans a copy of the model: nothing is cut.
 * @param others tensors that replace the model's own
 */
export function planCopy(
  model: InspectedModel,
  output: string,
  others: ReadonlyMap<string, PlannedTensor> = new Map(),
  set: readonly GgufEdit[] = [],
): PlannedFile {
  const tensors = model.tensors.map((tensor) => others.get(tensor.name) ?? wholeTensor(tensor, model.info));
  return inOneFile(model, tensors, set, [], output);
}

/** Whether the tensor belongs to a prediction block that is left out. */
export function isDropped(tensorName: string, { nextnLayers }: ModelInfo, { keepsPrediction }: KeptBlocks): boolean {
  return !keepsPrediction && nextnLayers.includes(blockTensor(tensorName)?.block ?? -1);
}

function planTensor(
  tensor: TensorInfo,
  info: ModelInfo,
  { experts }: KeptBlocks,
  narrowed: PruneOptions['narrowed'],
): PlannedTensor {
  const whole = wholeTensor(tensor, info);
  const axis = expertAxis(tensor.name);
  const inBlock = blockTensor(tensor.name);
  const kept = experts.get(inBlock?.block ?? -1);
  if (!axis || !inBlock || !kept) return whole;

  const { slices, count } = keptSlices(axis, kept, info);
  if (tensor.ne.at(-1) !== count || tensor.bytes % count !== 0) {
    throw new WinnowError(
      'ARCH_REFUSED',
      msg('tensorShape', { path: info.path, tensor: tensor.name, count, shape: tensor.ne.join(' × ') }),
    );
  }
  const neurons = narrowed && neuronsIn(inBlock);
  if (neurons === 'columns') return narrowed?.downs.get(tensor.name) ?? whole;
  if (narrowed && neurons === 'rows') return { ...whole, ...narrowedRows(tensor, narrowed, inBlock.block, kept) };
  return { ...whole, ...slice(tensor, slices, tensor.bytes / count) };
}

/** The rows of gate and up matrices, or the values of their biases, that belong to kept neurons. */
function narrowedRows(
  { ne, bytes, fileOffset }: TensorInfo,
  narrowed: Narrowed,
  block: number,
  kept: readonly number[],
): TensorPart {
  const [rows = 1, count = 1] = ne.slice(-2);
  const { from, to } = blockWidth(narrowed, block);
  const cut = slice({ ne, fileOffset }, rowsLeft(narrowed, block, kept, rows), bytes / (rows * count));
  return { ...cut, ne: [...ne.slice(0, -2), (rows / from) * to, kept.length] };
}

function wholeTensor({ name, type, ne, bytes, fileOffset, part }: TensorInfo, info: ModelInfo): PlannedTensor {
  const sourcePath = info.parts[part] ?? info.path;
  return { name, type, ne, bytes, sourcePath, ranges: [{ offset: fileOffset, length: bytes }] };
}

/** Which of the `count` slices of an expert axis hold the kept experts. */
export function keptSlices(
  axis: 'expert' | 'expert-block',
  kept: readonly number[],
  info: ModelInfo,
): { slices: readonly number[]; count: number } {
  if (axis === 'expert') return { slices: kept, count: info.nExpert };
  const size = info.expertsPerBlock;
  return { slices: kept.filter((e) => e % size === 0).map((e) => e / size), count: info.nExpert / size };
}

/** Cuts the slices out of a tensor's last axis. */
export function slice(
  tensor: { readonly ne: readonly number[]; readonly fileOffset: number },
  slices: readonly number[],
  sliceBytes: number,
): TensorPart {
  const ranges: { offset: number; length: number }[] = [];
  for (const index of slices) {
    const offset = tensor.fileOffset + index * sliceBytes;
    const last = ranges.at(-1);
    if (last && last.offset + last.length === offset) last.length += sliceBytes;
    else ranges.push({ offset, length: sliceBytes });
  }
  return { ne: [...tensor.ne.slice(0, -1), slices.length], bytes: slices.length * sliceBytes, ranges };
}

function widthEdits({ moeLayers }: ModelInfo, narrowed: Narrowed): GgufEdit[] {
  const { from, to } = blockWidth(narrowed, moeLayers[0] ?? 0);
  return [
    ...narrowed.keys,
    { key: WINNOW_KEYS.sourceExpertWidth, type: 'uint32', value: from },
    { key: WINNOW_KEYS.expertWidth, type: 'uint32', value: to },
  ];
}

function keyEdits(
  info: ModelInfo,
  kv: GgufHeader['kv'],
  { count: blocks, keepsPrediction }: KeptBlocks,
  keep: number,
  options: PruneOptions,
): GgufEdit[] {
  const edits: GgufEdit[] = [...(options.provenance ?? [])];
  if (options.narrowed) edits.push(...widthEdits(info, options.narrowed));
  const edit = (name: string, change: (old: unknown) => unknown): void => {
    const key = `${info.arch}.${name}`;
    const old = kv[key];
    if (old) edits.push({ key, type: old.type, value: change(old.value) });
  };
  const atMost = (limit: number) => (old: unknown) =>
    Array.isArray(old) ? old.map((n) => Math.min(Number(n), limit)) : Math.min(Number(old), limit);

  edit('expert_count', () => keep);
  const used = Math.min(keep, options.activeExperts ?? info.nExpertUsed);
  if (used < info.nExpertUsed) edit('expert_used_count', atMost(used));
  if (info.nExpertGroups > 0 && options.grouping !== 'balanced') {
    const groups = keep > 1 ? 1 : 0; // llama.cpp requires fewer groups than experts
    edit('expert_group_count', () => groups);
    edit('expert_group_used_count', () => groups);
  }
  if (info.nextnLayers.length > 0 && !keepsPrediction) {
    edit('block_count', () => blocks);
    edit('nextn_predict_layers', () => 0);
    edits.push({ key: WINNOW_KEYS.droppedPrediction, type: 'uint32', value: info.nextnLayers.length });
    const isPerBlock = (own: { key: string; value: unknown }): own is { key: string; value: unknown[] } =>
      own.key.startsWith(`${info.arch}.`) && Array.isArray(own.value) && own.value.length === info.blockCount;
    for (const [key, value] of Object.entries(kv)) {
      if (isPerBlock({ key, value: value.value }) && !edits.some((e) => e.key === key))
        edits.push({ key, type: value.type, value: value.value });
    }
    return edits.map((own) => (isPerBlock(own) ? { ...own, value: own.value.slice(0, blocks) } : own));
  }
  return edits;
}
