// Decides which file of the output holds which tensor: one file, the source's parts, or parts of a given size.
import { basename, dirname, join, resolve } from 'node:path';
import { WinnowError } from '../../../contract/errors.ts';
import type { GgufValueType, ModelInfo } from '../../../contract/model-info.ts';
import { say } from '../../../contract/sentences.ts';
import { WINNOW_KEYS } from '../../../contract/winnow-keys.ts';
import type { GgufEdit } from '../../../../native/index.ts';
import type { InspectedModel } from '../../models/inspect.ts';
import { MAX_PARTS, splitPartName } from '../../models/model-files.ts';
import { hashJson } from '../../store/json.ts';
import type { PruneOptions } from './prune-options.ts';
import type { PlannedFile, PlannedTensor } from './planned-file.ts';

type Split = NonNullable<PruneOptions['split']>;

/** A planned tensor and the part of the source that it comes from. */
export type PartTensor = { readonly part: number; readonly planned: PlannedTensor };

const SPLIT_KEYS = ['split.no', 'split.count', 'split.tensors.count', WINNOW_KEYS.set];

/**
 * Distributes planned tensors over the files of the output, with the keys that split files need.
 * @throws WinnowError USAGE: more files than Winnow can read back
 */
export function layOut(
  model: InspectedModel,
  tensors: readonly PartTensor[],
  keys: { readonly set: readonly GgufEdit[]; readonly remove: readonly string[] },
  options: Pick<PruneOptions, 'output' | 'split'>,
): PlannedFile[] {
  const output = resolve(options.output);
  const alignment = model.headers[0]?.alignment ?? 32;
  const split = options.split ?? 'single';
  const groups = splitIntoParts(tensors, split);
  if (groups.length === 1) {
    const planned = groups[0]?.map((t) => t.planned) ?? [];
    const remove = [...SPLIT_KEYS, ...keys.remove];
    return [{ path: output, keysFrom: model.info.path, remove, set: keys.set, alignment, tensors: planned }];
  }

  if (groups.length > MAX_PARTS) {
    throw new WinnowError('USAGE', say('partsTooSmall', { parts: groups.length, limit: MAX_PARTS }), {
      parts: groups.length,
    });
  }
  const set = setOf(model.info, tensors, keys.set);
  const prefix = basename(output).replace(/\.gguf$/, '');
  return groups.map((group, no) => {
    const keysFrom =
      no === 0 ? model.info.path : split === 'keep' ? (model.info.parts[group[0]?.part ?? 0] ?? null) : null;
    const kv = model.headers[keysFrom === null ? -1 : no === 0 ? 0 : (group[0]?.part ?? 0)]?.kv ?? {};
    const splitEdits: GgufEdit[] = [
      { key: 'split.no', type: 'uint16' satisfies GgufValueType, value: no },
      { key: 'split.count', type: 'uint16' satisfies GgufValueType, value: groups.length },
      { key: 'split.tensors.count', type: 'int32' satisfies GgufValueType, value: tensors.length },
      setEdit(set),
    ];
    return {
      path: join(dirname(output), splitPartName(prefix, no, groups.length)),
      keysFrom,
      remove: [...keys.remove],
      set: [...(no === 0 ? keys.set : keys.set.filter(({ key }) => key in kv)), ...splitEdits],
      alignment:
        (keysFrom === null ? undefined : model.headers[group[0]?.part ?? 0]?.alignment) ?? (no === 0 ? alignment : 32),
      tensors: group.map((t) => t.planned),
    };
  });
}

/** A hash that is equal for the same tensors of the same model with the same keys, on every machine. */
function setOf(
  { fingerprint }: Pick<ModelInfo, 'fingerprint'>,
  tensors: readonly PartTensor[],
  edits: readonly GgufEdit[],
) {
  const planned = tensors.map(({ planned: { name, type, ne, ranges } }) => ({ name, type, ne, ranges }));
  return hashJson({ source: fingerprint, tensors: planned, edits });
}

function setEdit(set: string): GgufEdit {
  return { key: WINNOW_KEYS.set, type: 'string', value: set };
}

/** Gives split files the identity of a set of their own after something changes their bytes. @param by what determines the new bytes */
export function asSetOf(files: readonly PlannedFile[], by: unknown): PlannedFile[] {
  return files.map((file) => ({
    ...file,
    set: file.set.map((edit) => (edit.key === WINNOW_KEYS.set ? setEdit(hashJson({ set: edit.value, by })) : edit)),
  }));
}

function splitIntoParts(tensors: readonly PartTensor[], split: Split): PartTensor[][] {
  if (split === 'single') return [[...tensors]];
  if (split === 'keep') {
    const last = tensors.at(-1)?.part ?? 0;
    const parts = Array.from({ length: last + 1 }, (_, part) => tensors.filter((tensor) => tensor.part === part));
    // the first part often holds only the keys; a later one is empty only if its blocks are dropped
    return parts.filter((part, no) => no === 0 || part.length > 0);
  }
  const groups: PartTensor[][] = [];
  let bytes = 0;
  for (const tensor of tensors) {
    const current = groups.at(-1);
    const own = split.bytesOf?.get(tensor.planned.name) ?? tensor.planned.bytes;
    if (!current || bytes + own > split.maxBytes) {
      groups.push([tensor]);
      bytes = own;
    } else {
      current.push(tensor);
      bytes += own;
    }
  }
  return groups;
}
