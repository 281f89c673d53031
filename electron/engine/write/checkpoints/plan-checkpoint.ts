// Plans a cut checkpoint: which bytes of the original go where, and what the new config.json says. Nothing is written here.
import { basename, join } from 'node:path';
import type { PruneRequest } from '../../../contract/requests.ts';
import type { Sentence } from '../../../contract/sentences.ts';
import { checkKept } from '../../experts/selection/check-kept.ts';
import type { Selection } from '../../experts/selection/selection.ts';
import { requireFewerActive } from '../../models/active-experts.ts';
import { keptBlocks } from '../pruning/kept-blocks.ts';
import { slice } from '../pruning/plan.ts';
import type { PlannedFile, PlannedTensor } from '../pruning/planned-file.ts';
import { CONFIG, COUNT_KEYS, INDEX, type Checkpoint } from './checkpoint.ts';
import { expertPlace, layerTensor } from './records.ts';
import { safetensorsHeader, valueBytes, type StoredTensor } from './safetensors.ts';

type CheckpointChoice = Selection & { readonly nextn: PruneRequest['nextn']; readonly allowFewerUsed: boolean };

/** A file of weights: its header, then the planned ranges of the sources. */
export type PlannedWeights = { readonly header: Buffer; readonly file: PlannedFile };

export type CheckpointPlan = {
  readonly keep: number;
  readonly weights: readonly PlannedWeights[];
  /** Contents of text files by file name: config.json, and the index if there is one. */
  readonly texts: ReadonlyMap<string, string>;
  readonly bytes: number;
  readonly fullBytes: number;
  readonly warnings: readonly Sentence[];
};

/**
 * Plans the files of a checkpoint that keeps the chosen experts alone.
 * @param configText the checkpoint's config.json, unchanged
 * @param folder where the files will be written
 * @throws WinnowError CHOICE_INVALID, SELECTION_IMPOSSIBLE
 */
export function planCheckpoint(
  checkpoint: Checkpoint,
  choice: CheckpointChoice,
  configText: string,
  folder: string,
): CheckpointPlan {
  const { files, nExpertUsed } = checkpoint;
  const warnings: Sentence[] = [];
  const facts = asModel(checkpoint);
  const activeExperts = choice.activeExperts ?? undefined;
  const cut = { ...choice, activeExperts };
  const keep = checkKept(facts, cut, warnings);
  if (activeExperts !== undefined && activeExperts !== nExpertUsed) requireFewerActive(activeExperts, facts, keep);
  const { experts, keepsPrediction, said } = keptBlocks(facts, cut);
  if (said) warnings.push(said);
  const isDropped = (layer: number): boolean => !keepsPrediction && layer >= checkpoint.nLayers;
  const tensors = files.flatMap((file) =>
    file.tensors.flatMap((tensor) => {
      const at = layerTensor(tensor.name);
      if (at && isDropped(at.layer)) return [];
      const kept = at && experts.get(at.layer);
      return kept ? keptPart(tensor, at.rest, kept, checkpoint) : [whole(tensor)];
    }),
  );
  const edits = configEdits(checkpoint, choice, keep, keepsPrediction);
  const texts = new Map([[CONFIG, editedConfig(configText, edits)]]);
  const shards = laidOut(tensors, Math.max(...files.map(sumBytes)));
  const names = fileNames(checkpoint, shards.length);
  const weights = shards.map((shard, i) => weightsFile(join(folder, names[i] ?? ''), shard, checkpoint));
  if (checkpoint.isIndexed || shards.length > 1) texts.set(INDEX, indexText(shards, names));
  return {
    keep,
    weights,
    texts,
    warnings,
    bytes: weights.reduce((sum, { header, file }) => sum + header.byteLength + sumBytes(file), 0),
    fullBytes: files.reduce((sum, file) => sum + sumBytes(file), 0),
  };
}

/** The checkpoint in the form in which choices of experts are checked against a model. */
export function asModel({
  folder: path,
  record: { arch },
  ...checkpoint
}: Checkpoint): Parameters<typeof checkKept>[0] & { readonly predictionLayers: readonly number[] } {
  const { moeLayers, predictionLayers, nLayers, nExpert, nExpertUsed, nExpertGroups, nExpertGroupsUsed } = checkpoint;
  return {
    path,
    parts: [path],
    bytes: 0,
    arch,
    name: basename(path),
    fileType: 'unknown',
    expertBytes: 0,
    contextLength: 0,
    moeLayers,
    predictionLayers,
    nextnLayers: predictionLayers,
    blockCount: nLayers + predictionLayers.length,
    nExpert,
    nExpertUsed,
    nExpertGroups,
    nExpertGroupsUsed,
    expertsPerBlock: 1,
    prunable: { ok: true },
  };
}

/** A tensor cut to the kept experts, under its new name; empty: it belongs to an expert that is not kept. */
function keptPart(
  tensor: StoredTensor,
  rest: string,
  kept: readonly number[],
  { record, nExpert }: Checkpoint,
): PlannedTensor[] {
  const place = expertPlace(rest, record);
  if (place === null || place === 'unknown') return [whole(tensor)];
  if (place.kind === 'single') {
    const now = kept.indexOf(place.expert);
    if (now < 0) return [];
    const begin = tensor.name.slice(0, tensor.name.length - rest.length);
    return [{ ...whole(tensor), name: `${begin}${place.rest}.${now}.${place.part}` }];
  }
  // the slowest axis comes first here, last in ggml
  const { ne, ...sliced } = slice(
    { ne: tensor.shape.toReversed(), fileOffset: tensor.offset },
    kept,
    tensor.bytes / nExpert,
  );
  return [{ ...whole(tensor), ...sliced, ne: ne.toReversed() }];
}

function whole({ name, dtype, shape, bytes, path, offset }: StoredTensor): PlannedTensor {
  return { name, type: dtype, ne: shape, bytes, sourcePath: path, ranges: [{ offset, length: bytes }] };
}

/** Distributes tensors over files of at most `maxBytes`, or of one tensor. Within a file the widest types come first, as in the format's library. */
function laidOut(tensors: readonly PlannedTensor[], maxBytes: number): PlannedTensor[][] {
  const shards: PlannedTensor[][] = [[]];
  let left = maxBytes;
  for (const tensor of tensors) {
    if (tensor.bytes > left && shards.at(-1)?.length !== 0) {
      shards.push([]);
      left = maxBytes;
    }
    shards.at(-1)?.push(tensor);
    left -= tensor.bytes;
  }
  return shards.map((shard) => shard.toSorted((a, b) => valueBytes(b.type) - valueBytes(a.type)));
}

/** Names of the written files; a single file keeps its name. */
function fileNames({ files }: Checkpoint, count: number): string[] {
  const [first] = files;
  if (count === 1) return [files.length === 1 ? basename(first?.path ?? '') : 'model.safetensors'];
  const number = (n: number): string => String(n).padStart(5, '0');
  return Array.from({ length: count }, (_, i) => `model-${number(i + 1)}-of-${number(count)}.safetensors`);
}

function weightsFile(path: string, tensors: readonly PlannedTensor[], { files }: Checkpoint): PlannedWeights {
  const entries = tensors.map(({ name, type: dtype, ne: shape, bytes }) => ({ name, dtype, shape, bytes }));
  const header = safetensorsHeader(entries, files[0]?.metadata ?? {});
  return { header, file: { path, keysFrom: null, remove: [], set: [], alignment: 1, tensors } };
}

function indexText(shards: readonly (readonly PlannedTensor[])[], names: readonly string[]): string {
  const places = shards.flatMap((shard, i) => shard.map(({ name }) => [name, names[i] ?? ''] as const));
  const size = shards.flat().reduce((sum, { bytes }) => sum + bytes, 0);
  const map = Object.fromEntries(places.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return `${JSON.stringify({ metadata: { total_size: size }, weight_map: map }, null, 2)}\n`;
}

/** New values for keys of config.json, and of its `text_config`, where they are there. */
function configEdits(
  { record, nExpertUsed, nExpertGroups, predictionLayers }: Checkpoint,
  { grouping, activeExperts }: CheckpointChoice,
  keep: number,
  keepsPrediction: boolean,
): Map<string, number> {
  const edits = new Map<string, number>([...COUNT_KEYS, record.count].map((key) => [key, keep]));
  const used = Math.min(keep, activeExperts ?? nExpertUsed);
  if (used < nExpertUsed) for (const key of record.used) edits.set(key, used);
  if (nExpertGroups > 1 && grouping !== 'balanced') for (const key of ['n_group', 'topk_group']) edits.set(key, 1);
  if (predictionLayers.length > 0 && !keepsPrediction) edits.set('num_nextn_predict_layers', 0);
  return edits;
}

/** JSON that keeps the digits of numbers, since Python distinguishes 1.0 from 1. TypeScript's library does not declare it yet. */
const json = JSON as unknown as {
  readonly parse: (
    text: string,
    revive: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ) => unknown;
  readonly rawJSON: (text: string) => unknown;
};

function editedConfig(text: string, edits: ReadonlyMap<string, number>): string {
  const config = json.parse(text.replace(/^\uFEFF/, ''), (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined ? json.rawJSON(source) : value,
  ) as Checkpoint['config'];
  const edited = (section: object): object =>
    Object.fromEntries(Object.entries(section).map(([key, value]) => [key, edits.get(key) ?? (value as unknown)]));
  const text_config = config['text_config'];
  const isNested = typeof text_config === 'object' && text_config !== null;
  return `${JSON.stringify({ ...edited(config), ...(isNested && { text_config: edited(text_config) }) }, null, 2)}\n`;
}

function sumBytes({ tensors }: { readonly tensors: readonly { readonly bytes: number }[] }): number {
  return tensors.reduce((sum, { bytes }) => sum + bytes, 0);
}
