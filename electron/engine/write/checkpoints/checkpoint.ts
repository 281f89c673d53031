// An original checkpoint: a folder with config.json, safetensors with their index, a tokenizer and any other files.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { WinnowError } from '../../../contract/errors.ts';
import { msg, type Sentence } from '../../../contract/sentences.ts';
import { exists, readError, readJsonFile } from '../../base/files/user-files.ts';
import { CHECKPOINT_RECORDS, expertPlace, layerTensor, routerName, type CheckpointRecord } from './records.ts';
import { isFloat, readSafetensors, type SafetensorsFile, type StoredTensor } from './safetensors.ts';

export const CONFIG = 'config.json';
export const INDEX = 'model.safetensors.index.json';

const MAX_JSON_BYTES = 64 << 20;

export type Checkpoint = {
  readonly folder: string;
  readonly config: Config;
  readonly record: CheckpointRecord;
  readonly files: readonly SafetensorsFile[];
  /** Whether an index says which file holds which tensor. */
  readonly isIndexed: boolean;
  /** Layers with experts, ascending: those that the model runs, and those that predict further tokens. */
  readonly moeLayers: readonly number[];
  readonly predictionLayers: readonly number[];
  /** Number of layers of the model itself; the layers after them predict further tokens. */
  readonly nLayers: number;
  readonly nExpert: number;
  readonly nExpertUsed: number;
  /** 0 or 1: no grouped routing. */
  readonly nExpertGroups: number;
  readonly nExpertGroupsUsed: number;
  /** Files in the folder, other than weights, that are copied. */
  readonly others: readonly string[];
  /** What is not copied: other copies of the weights, hidden files, links to folders. */
  readonly leftOut: readonly string[];
};

const count = z.int().positive();
const configSchema = z.looseObject({ model_type: z.string() });
type Config = Readonly<z.infer<typeof configSchema>>;

const indexSchema = z.looseObject({ weight_map: z.record(z.string(), z.string()) });
/** What MLX states about quantised weights. It quantises along the last axis, so the first one can be cut. */
const mlxSchema = z.looseObject({ bits: count, group_size: count });

/**
 * Reads a checkpoint's configuration and the headers of its weights.
 * @throws WinnowError FILE_NOT_FOUND, FILE_UNREADABLE; CHECKPOINT_INVALID: damaged or incomplete; ARCH_UNKNOWN: there is no record
 * for this kind of model; ARCH_REFUSED: tensors or weights in an unknown layout
 */
export async function readCheckpoint(folder: string, signal: AbortSignal): Promise<Checkpoint> {
  const config = await readConfig(folder, signal);
  const record = findRecord(folder, config);
  requireKnownQuantising(folder, config, record);
  requireNoExpertNumbers(folder, config);
  const listed = await filesBelow(folder);
  const { names, isIndexed, map } = await weightFiles(folder, listed.weights, signal);
  const files: SafetensorsFile[] = [];
  for (const name of names) {
    signal.throwIfAborted();
    files.push(await readSafetensors(join(folder, name)));
  }
  const tensors = files.flatMap((file) => file.tensors);
  requireOneOfEach(folder, tensors, map);

  const number = (key: string, fallback?: number): number => {
    const value = config[key] ?? fallback;
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value;
    throw invalid(folder, msg('checkpointKey', { file: CONFIG, key }));
  };
  const nExpert = number(record.count);
  requireOneCount(folder, config, nExpert);
  const nLayers = number('num_hidden_layers');
  const layers = expertLayers(folder, tensors, record, nExpert);
  requireUpright(folder, tensors, record, number('hidden_size'));
  if (layers.length === 0) throw new WinnowError('NOT_MOE', msg('checkpointDense', { path: folder }), { path: folder });
  requireHead(folder, config, tensors);
  const used = record.used.find((key) => config[key] !== undefined) ?? record.used[0] ?? '';
  return {
    folder,
    config,
    record,
    files,
    isIndexed,
    nLayers,
    nExpert,
    nExpertUsed: number(used),
    moeLayers: layers.filter((layer) => layer < nLayers),
    predictionLayers: layers.filter((layer) => layer >= nLayers),
    nExpertGroups: record.grouped ? number('n_group', 1) : 1,
    nExpertGroupsUsed: record.grouped ? number('topk_group', 1) : 1,
    others: listed.others,
    leftOut: [...listed.leftOut, ...listed.weights.filter((name) => !names.includes(name))],
  };
}

/** @throws WinnowError as `readCheckpoint` */
async function readConfig(folder: string, signal: AbortSignal): Promise<Config> {
  const there = await stat(folder).catch((error: unknown) => {
    throw readError(folder, error);
  });
  const path = join(folder, CONFIG);
  if (!there.isDirectory() || !(await exists(path))) {
    throw invalid(folder, msg('checkpointNoFolder', { file: CONFIG }));
  }
  const { data } = configSchema.safeParse(await readJsonFile(path, 'CHECKPOINT_INVALID', MAX_JSON_BYTES, signal));
  if (data === undefined) throw invalid(folder, msg('checkpointKey', { file: CONFIG, key: 'model_type' }));
  return data;
}

function findRecord(folder: string, { model_type: type }: Config): CheckpointRecord {
  const record = Object.hasOwn(CHECKPOINT_RECORDS, type) ? CHECKPOINT_RECORDS[type] : undefined;
  if (record) return record;
  const known = Object.keys(CHECKPOINT_RECORDS).join(', ');
  throw new WinnowError('ARCH_UNKNOWN', msg('checkpointUnknown', { path: folder, type, known }), { path: folder });
}

/** @throws WinnowError ARCH_REFUSED: the weights are quantised in an unknown way */
function requireKnownQuantising(folder: string, config: Config, { quantised }: CheckpointRecord): void {
  const said = config.quantization_config ?? config.quantization ?? null;
  if (said === null) return;
  const method = typeof said === 'object' && 'quant_method' in said ? String(said.quant_method) : null;
  if (method === null ? mlxSchema.safeParse(said).success : quantised.includes(method)) return;
  throw refused(folder, msg('checkpointQuantised', { method: method ?? JSON.stringify(said).slice(0, 60) }));
}

/** Refuses a config.json that names single experts: after the cut the names would mean other experts. @throws WinnowError ARCH_REFUSED */
function requireNoExpertNumbers(folder: string, config: Config): void {
  const named = /experts\.\d+[^"]*/.exec(JSON.stringify(config))?.[0];
  if (named !== undefined) throw refused(folder, msg('checkpointNamesExperts', { name: named }));
}

/** Weights in other formats: copied, they would still be those of the whole model. */
const OTHER_WEIGHTS = /\.(?:bin|pt|pth|gguf|onnx|msgpack|h5|npz|ckpt|tflite|nemo|mlmodel)(?:\.index\.json)?$/i;
const WEIGHTS = /\.safetensors$/i;

type Listed = { weights: string[]; others: string[]; leftOut: string[] };

/** Lists the files of the folder; subfolders that hold weights are left out entirely. */
async function filesBelow(folder: string, below = ''): Promise<Listed> {
  const entries = await readdir(join(folder, below), { withFileTypes: true }).catch((error: unknown) => {
    throw readError(join(folder, below), error);
  });
  const listed: Listed = { weights: [], others: [], leftOut: [] };
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    const there = entry.isSymbolicLink() ? await stat(join(folder, name)).catch(() => null) : entry;
    if (entry.isDirectory() && !entry.name.startsWith('.')) {
      const inner = await filesBelow(folder, name);
      if (inner.weights.length > 0) listed.leftOut.push(name);
      else {
        listed.others.push(...inner.others);
        listed.leftOut.push(...inner.leftOut);
      }
    } else if (!there?.isFile() || entry.name.startsWith('.')) listed.leftOut.push(name);
    else if (WEIGHTS.test(name)) listed.weights.push(name);
    else if (name === CONFIG || name === INDEX) continue;
    else if (OTHER_WEIGHTS.test(name) || name.endsWith('.safetensors.index.json')) listed.leftOut.push(name);
    else listed.others.push(name);
  }
  return listed;
}

type WeightFiles = {
  readonly names: readonly string[];
  readonly isIndexed: boolean;
  /** The file of each tensor according to the index; null: there is no index. */
  readonly map: Readonly<Record<string, string>> | null;
};

/** The weight files that the index names, or the only one there is. @throws WinnowError CHECKPOINT_INVALID */
async function weightFiles(folder: string, there: readonly string[], signal: AbortSignal): Promise<WeightFiles> {
  const path = join(folder, INDEX);
  if (await exists(path)) {
    const { data } = indexSchema.safeParse(await readJsonFile(path, 'CHECKPOINT_INVALID', MAX_JSON_BYTES, signal));
    if (data === undefined) throw invalid(folder, msg('checkpointKey', { file: INDEX, key: 'weight_map' }));
    const names = [...new Set(Object.values(data.weight_map))].toSorted();
    const missing = names.find((name) => !there.includes(name));
    if (missing !== undefined) throw invalid(folder, msg('checkpointFileMissing', { file: missing, index: INDEX }));
    return { names, isIndexed: true, map: data.weight_map };
  }
  if (there.length === 1) return { names: there, isIndexed: false, map: null };
  throw invalid(folder, msg('checkpointNoIndex', { files: there.length, index: INDEX }));
}

/** @throws WinnowError CHECKPOINT_INVALID: the index contradicts the files, or two files hold the same tensor */
function requireOneOfEach(
  folder: string,
  tensors: readonly StoredTensor[],
  map: Readonly<Record<string, string>> | null,
): void {
  const seen = new Map<string, string>();
  for (const { name, path } of tensors) {
    const isMapped = map === null || (Object.hasOwn(map, name) && join(folder, map[name] ?? '') === path);
    if (seen.has(name) || !isMapped) throw invalid(folder, msg('checkpointStray', { tensor: name, path }));
    seen.set(name, path);
  }
  const missing = Object.keys(map ?? {}).find((name) => !seen.has(name));
  if (missing !== undefined) throw invalid(folder, msg('checkpointTensorMissing', { tensor: missing }));
}

/** @throws WinnowError CHECKPOINT_INVALID: there is neither a head nor a statement that the embeddings serve as one */
function requireHead(folder: string, config: Config, tensors: readonly StoredTensor[]): void {
  const tensor = 'lm_head.weight';
  if (config['tie_word_embeddings'] === true || tensors.some(({ name }) => name === tensor)) return;
  throw invalid(folder, msg('checkpointNoHead', { tensor }));
}

/** @throws WinnowError CHECKPOINT_INVALID: config.json names other counts of experts elsewhere */
function requireOneCount(folder: string, config: Config, nExpert: number): void {
  for (const { where, values } of sections(config)) {
    const key = COUNT_KEYS.find((name) => (values[name] ?? nExpert) !== nExpert);
    if (key !== undefined) throw invalid(folder, msg('checkpointKey', { file: CONFIG, key: `${where}${key}` }));
  }
}

/** The keys by which config.json may say how many experts there are, also several at once. */
export const COUNT_KEYS = ['num_experts', 'num_local_experts', 'n_routed_experts'] as const;

/** The objects of config.json that describe the language model: the whole, and `text_config` in it. */
function sections(config: Config): { readonly where: string; readonly values: Readonly<Record<string, unknown>> }[] {
  const inner = z.record(z.string(), z.unknown()).safeParse(config['text_config']).data;
  return [{ where: '', values: config }, ...(inner ? [{ where: 'text_config.', values: inner }] : [])];
}

/** Unquantised weights of one expert, or of all of them; `down` is the matrix that ends in the hidden size. */
const MATRIX = /(?:\.experts\.\d+|\.switch_mlp)\.(?:gate_proj|up_proj|w1|w3|(?<down>down_proj|w2))\.weight$/;

/** @throws WinnowError CHECKPOINT_INVALID: a matrix of an expert does not begin and end in the hidden size as it should */
function requireUpright(
  folder: string,
  tensors: readonly StoredTensor[],
  record: CheckpointRecord,
  hidden: number,
): void {
  for (const { name, dtype, shape } of tensors) {
    const match = MATRIX.exec(name);
    if (!match || record.matrices.length === 0 || !isFloat(dtype)) continue;
    if (shape.at(match.groups?.['down'] === undefined ? -1 : -2) === hidden) continue;
    throw invalid(folder, msg('checkpointTurned', { tensor: name, shape: shape.join(' × '), hidden }));
  }
}

/**
 * Returns the layers with experts, having checked that every tensor in them is known and no expert is missing.
 * @throws WinnowError ARCH_REFUSED, CHECKPOINT_INVALID
 */
function expertLayers(
  folder: string,
  tensors: readonly StoredTensor[],
  record: CheckpointRecord,
  nExpert: number,
): number[] {
  const router = routerName(record);
  const layers = new Set(
    tensors.map(({ name }) => layerTensor(name)).flatMap((at) => (at?.rest === router ? [at.layer] : [])),
  );
  /** Number of experts that have a part, by layer and part. */
  const parts = new Map<string, number>();
  for (const { name, shape } of tensors) {
    const at = layerTensor(name);
    const place = at ? expertPlace(at.rest, record) : /experts\.|switch_mlp/.test(name) ? 'unknown' : null;
    if (at && !layers.has(at.layer) && !hasExperts(at.rest)) continue;
    if (place === 'unknown' || (place && at && !layers.has(at.layer))) {
      throw refused(folder, msg('checkpointTensorUnknown', { tensor: name }));
    }
    if (place?.kind === 'stacked' && shape[0] !== nExpert) {
      throw invalid(
        folder,
        msg('checkpointAxis', { tensor: name, shape: shape.join(' × '), count: nExpert, key: record.count }),
      );
    }
    if (place?.kind === 'single') {
      if (place.expert >= nExpert) {
        throw invalid(folder, msg('checkpointExpertBeyond', { tensor: name, count: nExpert, key: record.count }));
      }
      const part = `${at?.layer}: ${place.part}`;
      parts.set(part, (parts.get(part) ?? 0) + 1);
    }
  }
  for (const [part, found] of parts) {
    if (found !== nExpert) throw invalid(folder, msg('checkpointExpertsMissing', { part, found, count: nExpert }));
  }
  const bare = [...layers].find((layer) => !tensors.some(({ name }) => isWeight(name, layer, record)));
  if (bare !== undefined) throw refused(folder, msg('checkpointNoExperts', { layer: bare }));
  return [...layers].toSorted((a, b) => a - b);
}

/** Whether a tensor name belongs to routed experts, in any layout. */
function hasExperts(rest: string): boolean {
  return /(?:^|\.)(?:experts|switch_mlp)\./.test(rest);
}

function isWeight(name: string, layer: number, record: CheckpointRecord): boolean {
  const at = layerTensor(name);
  return at?.layer === layer && hasExperts(at.rest) && expertPlace(at.rest, record) !== null;
}

/** The CHECKPOINT_INVALID error for a checkpoint. */
export function invalid(folder: string, reason: Sentence): WinnowError {
  return new WinnowError('CHECKPOINT_INVALID', msg('checkpointDamaged', { path: folder, reason }), { path: folder });
}

function refused(folder: string, reason: Sentence): WinnowError {
  return new WinnowError('ARCH_REFUSED', msg('checkpointRefused', { path: folder, reason }), { path: folder });
}
