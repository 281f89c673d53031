// Plans a pruned GGUF: which bytes of the source go where, and which keys change. Nothing is written here.
import { basename, dirname, join, resolve } from 'node:path';
import { WinnowError } from '../../contract/errors.ts';
import type { GgufHeader, GgufValueType, ModelInfo, TensorInfo } from '../../contract/model-info.ts';
import type { Grouping } from '../../contract/requests.ts';
import type { GgufEdit } from '../../../native/index.ts';
import { requirePrunable, type InspectedModel } from '../models/inspect.ts';
import { splitPartName } from '../models/model-files.ts';
import { blockTensor, expertAxis } from './expert-tensors.ts';

/** Bytes `[offset, offset + length)` of a source part. */
export type ByteRange = { readonly offset: number; readonly length: number };

export type PlannedTensor = {
  readonly name: string;
  readonly type: string;
  readonly ne: readonly number[];
  readonly bytes: number;
  readonly sourcePath: string;
  /** In output order; adjacent ones are merged. */
  readonly ranges: readonly ByteRange[];
};

export type PlannedFile = {
  readonly path: string;
  /** Header whose keys are taken over; null: only the edits. */
  readonly keysFrom: string | null;
  readonly remove: readonly string[];
  readonly set: readonly GgufEdit[];
  readonly alignment: number;
  readonly tensors: readonly PlannedTensor[];
};

export type PruneOptions = {
  readonly output: string;
  /** Kept experts of each MoE layer, ascending; all layers hold equally many. */
  readonly kept: readonly (readonly number[])[];
  readonly grouping?: Grouping;
  /** Next-token-prediction blocks: cut like the last MoE layer, or left out. */
  readonly nextn?: 'reuse' | 'drop';
  /** Accept fewer experts than the model uses per token; its used count is then lowered. */
  readonly allowFewerUsed?: boolean;
  /** One file, the source's parts, or parts of at most so many bytes. */
  readonly split?: 'single' | 'keep' | { readonly maxBytes: number };
  /** Keys `winnow.*` that say where the file comes from. */
  readonly provenance?: readonly GgufEdit[];
};

export type PrunePlan = {
  readonly info: ModelInfo;
  readonly keep: number;
  readonly files: readonly PlannedFile[];
  /** Tensor data and headers' padding aside: what will be written, within a few kilobytes. */
  readonly bytes: number;
  readonly warnings: readonly string[];
};

/**
 * @throws WinnowError NOT_MOE, ARCH_REFUSED, MASK_INVALID, SELECTION_IMPOSSIBLE
 */
export function planPrune(model: InspectedModel, options: PruneOptions): PrunePlan {
  const { info } = model;
  requirePrunable(info);
  const warnings: string[] = [];
  const keep = checkKept(info, options, warnings);
  const keptByBlock = keptPerBlock(info, options);

  const tensors = model.tensors
    .filter((tensor) => !isDropped(tensor.name, info, options))
    .map((tensor) => planTensor(tensor, info, keptByBlock));
  const edits = keyEdits(info, model.headers[0]?.kv ?? {}, keep, options);

  const files = layOut(model, tensors, edits, options);
  return { info, keep, files, bytes: tensors.reduce((sum, { planned }) => sum + planned.bytes, 0), warnings };
}

function checkKept(info: ModelInfo, options: PruneOptions, warnings: string[]): number {
  const { kept } = options;
  if (kept.length !== info.moeLayers.length) {
    throw new WinnowError(
      'MASK_INVALID',
      `The mask has ${kept.length} layers, ${info.path} has ${info.moeLayers.length} MoE layers.`,
    );
  }
  const keep = kept[0]?.length ?? 0;
  for (const [layer, experts] of kept.entries()) {
    const ordered = experts.every(
      (expert, i) =>
        Number.isInteger(expert) &&
        expert >= 0 &&
        expert < info.nExpert &&
        (i === 0 || expert > (experts[i - 1] ?? -1)),
    );
    if (!ordered)
      throw new WinnowError(
        'MASK_INVALID',
        `Layer ${layer} of the mask does not list experts 0 to ${info.nExpert - 1} in ascending order.`,
      );
    if (experts.length !== keep) {
      throw new WinnowError(
        'MASK_INVALID',
        `Layer ${layer} keeps ${experts.length} experts, layer 0 keeps ${keep}. A GGUF holds one expert count for all layers.`,
      );
    }
  }
  if (keep < 1) throw new WinnowError('SELECTION_IMPOSSIBLE', 'The mask keeps no expert.');
  if (!options.allowFewerUsed) requireEnoughExperts(kept, info);
  if (keep < info.nExpertUsed) {
    warnings.push(`The model used ${info.nExpertUsed} experts per token; the file will use ${keep}.`);
  }
  if (info.nExpertGroups > 1 && options.grouping === 'balanced') checkBalanced(info, kept, keep);
  if (info.expertsPerBlock > 1) checkWholeBlocks(info, kept);
  return keep;
}

/** @throws WinnowError SELECTION_IMPOSSIBLE when a layer keeps fewer experts than the model uses for a token */
export function requireEnoughExperts(kept: readonly (readonly number[])[], info: ModelInfo): void {
  const keep = Math.min(...kept.map((experts) => experts.length));
  if (keep >= info.nExpertUsed) return;
  throw new WinnowError(
    'SELECTION_IMPOSSIBLE',
    `The mask keeps ${keep} experts a layer, but ${info.path} uses ${info.nExpertUsed} for every token. Keep at least ${info.nExpertUsed}.`,
  );
}

function checkBalanced(info: ModelInfo, kept: PruneOptions['kept'], keep: number): void {
  const perGroup = keep / info.nExpertGroups;
  const groupSize = info.nExpert / info.nExpertGroups;
  const balanced = kept.every((experts) =>
    Array.from(
      { length: info.nExpertGroups },
      (_, g) => experts.filter((e) => Math.floor(e / groupSize) === g).length,
    ).every((n) => n === perGroup),
  );
  if (!balanced || perGroup < 2) {
    throw new WinnowError(
      'MASK_INVALID',
      `Group-balanced pruning needs equally many experts, at least 2, in each of the ${info.nExpertGroups} groups. Select with --grouping balanced, or prune ungrouped.`,
    );
  }
  const reachable = perGroup * info.nExpertGroupsUsed;
  if (reachable < info.nExpertUsed) {
    throw new WinnowError(
      'MASK_INVALID',
      `The router picks ${info.nExpertUsed} experts out of ${info.nExpertGroupsUsed} groups, but the mask keeps only ${reachable} in so many. Keep more, or prune ungrouped.`,
    );
  }
}

function checkWholeBlocks(info: ModelInfo, kept: PruneOptions['kept']): void {
  const size = info.expertsPerBlock;
  for (const [layer, experts] of kept.entries()) {
    const whole =
      experts.length % size === 0 &&
      experts.every(
        (e, i) => e === (experts[i - (i % size)] ?? 0) + (i % size) && (experts[i - (i % size)] ?? 0) % size === 0,
      );
    if (!whole) {
      throw new WinnowError(
        'MASK_INVALID',
        `Layer ${layer}: groups of ${size} consecutive experts share weights in ${info.arch} and can only be kept together.`,
      );
    }
  }
}

function keptPerBlock(info: ModelInfo, options: PruneOptions): Map<number, readonly number[]> {
  const byBlock = new Map(info.moeLayers.map((block, layer) => [block, options.kept[layer] ?? []]));
  const last = options.kept.at(-1) ?? [];
  for (const block of info.nextnLayers) byBlock.set(block, last);
  return byBlock;
}

function isDropped(tensorName: string, info: ModelInfo, options: PruneOptions): boolean {
  if (options.nextn !== 'drop') return false;
  const block = blockTensor(tensorName)?.block;
  return block !== undefined && info.nextnLayers.includes(block);
}

type PartTensor = { readonly part: number; readonly planned: PlannedTensor };

function planTensor(
  tensor: TensorInfo,
  info: ModelInfo,
  keptByBlock: ReadonlyMap<number, readonly number[]>,
): PartTensor {
  const sourcePath = info.parts[tensor.part] ?? info.path;
  const whole = { name: tensor.name, type: tensor.type, sourcePath };
  const axis = expertAxis(tensor.name);
  const kept = keptByBlock.get(blockTensor(tensor.name)?.block ?? -1);
  if (!axis || !kept) {
    return {
      part: tensor.part,
      planned: {
        ...whole,
        ne: tensor.ne,
        bytes: tensor.bytes,
        ranges: [{ offset: tensor.fileOffset, length: tensor.bytes }],
      },
    };
  }

  const blockSize = axis === 'expert-block' ? info.expertsPerBlock : 1;
  const slices = blockSize === 1 ? kept : kept.filter((e) => e % blockSize === 0).map((e) => e / blockSize);
  const count = info.nExpert / blockSize;
  if (tensor.ne.at(-1) !== count || tensor.bytes % count !== 0) {
    throw new WinnowError(
      'ARCH_REFUSED',
      `${info.path}: tensor ${tensor.name} should have ${count} experts on its last axis, but has the shape ${tensor.ne.join(' × ')}.`,
    );
  }
  return { part: tensor.part, planned: { ...whole, ...slice(tensor, slices, tensor.bytes / count) } };
}

/** Cuts the slices out of a tensor's last axis. */
export function slice(
  tensor: Pick<TensorInfo, 'ne' | 'fileOffset'>,
  slices: readonly number[],
  sliceBytes: number,
): Pick<PlannedTensor, 'ne' | 'bytes' | 'ranges'> {
  const ranges: { offset: number; length: number }[] = [];
  for (const index of slices) {
    const offset = tensor.fileOffset + index * sliceBytes;
    const last = ranges.at(-1);
    if (last && last.offset + last.length === offset) last.length += sliceBytes;
    else ranges.push({ offset, length: sliceBytes });
  }
  return { ne: [...tensor.ne.slice(0, -1), slices.length], bytes: slices.length * sliceBytes, ranges };
}

function keyEdits(info: ModelInfo, kv: GgufHeader['kv'], keep: number, options: PruneOptions): GgufEdit[] {
  const edits: GgufEdit[] = [...(options.provenance ?? [])];
  const edit = (name: string, change: (old: unknown) => unknown): void => {
    const key = `${info.arch}.${name}`;
    const old = kv[key];
    if (old) edits.push({ key, type: old.type, value: change(old.value) });
  };
  const atMost = (limit: number) => (old: unknown) =>
    Array.isArray(old) ? old.map((n) => Math.min(Number(n), limit)) : Math.min(Number(old), limit);

  edit('expert_count', () => keep);
  if (keep < info.nExpertUsed) edit('expert_used_count', atMost(keep));
  if (info.nExpertGroups > 0 && options.grouping !== 'balanced') {
    const groups = keep > 1 ? 1 : 0; // llama.cpp insists on fewer groups than experts
    edit('expert_group_count', () => groups);
    edit('expert_group_used_count', () => groups);
  }
  if (options.nextn === 'drop' && info.nextnLayers.length > 0) {
    const blocks = info.blockCount - info.nextnLayers.length;
    edit('block_count', () => blocks);
    edit('nextn_predict_layers', () => 0);
    for (const [key, value] of Object.entries(kv)) {
      const perBlock =
        key.startsWith(`${info.arch}.`) && Array.isArray(value.value) && value.length === info.blockCount;
      if (perBlock && !edits.some((e) => e.key === key)) {
        edits.push({ key, type: value.type, value: (value.value as unknown[]).slice(0, blocks) });
      }
    }
  }
  return edits;
}

const SPLIT_KEYS = ['split.no', 'split.count', 'split.tensors.count'];

function layOut(
  model: InspectedModel,
  tensors: readonly PartTensor[],
  edits: readonly GgufEdit[],
  options: PruneOptions,
): PlannedFile[] {
  const output = resolve(options.output);
  const alignment = model.headers[0]?.alignment ?? 32;
  const split = options.split ?? 'single';
  const groups = splitIntoParts(tensors, split);
  if (groups.length === 1) {
    const planned = groups[0]?.map((t) => t.planned) ?? [];
    return [{ path: output, keysFrom: model.info.path, remove: SPLIT_KEYS, set: edits, alignment, tensors: planned }];
  }

  const prefix = basename(output).replace(/\.gguf$/, '');
  return groups.map((group, no) => {
    const keysFrom =
      no === 0 ? model.info.path : split === 'keep' ? (model.info.parts[group[0]?.part ?? 0] ?? null) : null;
    const kv = model.headers[keysFrom === null ? -1 : no === 0 ? 0 : (group[0]?.part ?? 0)]?.kv ?? {};
    const splitEdits: GgufEdit[] = [
      { key: 'split.no', type: 'uint16' satisfies GgufValueType, value: no },
      { key: 'split.count', type: 'uint16' satisfies GgufValueType, value: groups.length },
      { key: 'split.tensors.count', type: 'int32' satisfies GgufValueType, value: tensors.length },
    ];
    return {
      path: join(dirname(output), splitPartName(prefix, no, groups.length)),
      keysFrom,
      remove: [],
      set: [...(no === 0 ? edits : edits.filter(({ key }) => key in kv)), ...splitEdits],
      alignment:
        (keysFrom === null ? undefined : model.headers[group[0]?.part ?? 0]?.alignment) ?? (no === 0 ? alignment : 32),
      tensors: group.map((t) => t.planned),
    };
  });
}

function splitIntoParts(tensors: readonly PartTensor[], split: NonNullable<PruneOptions['split']>): PartTensor[][] {
  if (split === 'single') return [[...tensors]];
  if (split === 'keep') {
    const last = tensors.at(-1)?.part ?? 0;
    const parts = Array.from({ length: last + 1 }, (_, part) => tensors.filter((tensor) => tensor.part === part));
    // the first part often holds the keys alone; a later one is empty only where its blocks are dropped
    return parts.filter((part, no) => no === 0 || part.length > 0);
  }
  const groups: PartTensor[][] = [];
  let bytes = 0;
  for (const tensor of tensors) {
    const current = groups.at(-1);
    if (!current || bytes + tensor.planned.bytes > split.maxBytes) {
      groups.push([tensor]);
      bytes = tensor.planned.bytes;
    } else {
      current.push(tensor);
      bytes += tensor.planned.bytes;
    }
  }
  return groups;
}
