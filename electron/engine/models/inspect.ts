// What a model is, from its header alone: nothing is loaded.
import { WinnowError } from '../../contract/errors.ts';
import {
  type GgufHeader,
  type GgufKeys,
  MAX_BLOCKS,
  type ModelFacts,
  type Prunable,
  type TensorInfo,
} from '../../contract/model-info.ts';
import { type Sentence, msg } from '../../contract/sentences.ts';
import { Backend, loadFailure } from '../base/backend/backend.ts';
import { diedOfTheSystem } from '../base/backend/worker-client.ts';
import type { WorkerHost } from '../base/backend/worker-host.ts';
import { refusal } from './architecture-rules.ts';
import { requireComputable } from './computable.ts';
import { runnablePrediction } from './prediction-blocks.ts';
import { blockTensor, expertAxis } from './expert-tensors.ts';
import { keyInteger, keyIntegers, keyString } from './gguf-keys.ts';
import { type IdentifiedInfo, type IdentifyOptions, identify } from './identity.ts';
import { MAX_PARTS, openModelFiles } from './model-files.ts';
import { QUANT_TYPES } from '../../contract/quantise.ts';

/** What the headers alone tell: everything except the files' identity, for which every byte is read. */
export type ReadModel = {
  readonly info: ModelFacts;
  /** Keys of the first part, which hold for all. */
  readonly kv: GgufKeys;
  /** Of each part. */
  readonly headers: readonly GgufHeader[];
  /** All tensors in file order, part by part. */
  readonly tensors: readonly TensorInfo[];
};

/** The same with the identity, for planning an export. */
export type InspectedModel = ReadModel & { readonly info: IdentifiedInfo };

/**
 * Reads and checks a model's headers, and identifies the model.
 * @param backend a worker; it needs no loaded model, and a header that kills it becomes GGUF_CORRUPT
 * @throws WinnowError FILE_NOT_FOUND, FILE_UNREADABLE, NOT_GGUF, GGUF_CORRUPT, SPLIT_INCOMPLETE, ARCH_UNKNOWN; as `identify`
 */
export async function inspectModel(path: string, backend: Backend, options?: IdentifyOptions): Promise<InspectedModel> {
  return identified(await openModel(path, backend), options);
}

/** Reads only a model's headers. @throws WinnowError as `inspectModel` */
export async function openModel(path: string, backend: Backend): Promise<ReadModel> {
  return readModel(await openModelFiles(path), backend);
}

/** Adds the identity to a model that was read. @throws WinnowError as `identify` */
export async function identified(model: ReadModel, options?: IdentifyOptions): Promise<InspectedModel> {
  const { info, headers, tensors } = model;
  return {
    ...model,
    info: { ...info, ...(await identify({ files: modelFiles(info, headers), headers, tensors }, options)) },
  };
}

/** The model's parts in order, with their sizes. */
export function modelFiles(
  { parts }: ModelFacts,
  headers: readonly GgufHeader[],
): { readonly path: string; readonly bytes: number }[] {
  return parts.map((path, part) => ({ path, bytes: headers[part]?.fileBytes ?? 0 }));
}

/** What inspecting a file in a worker of its own needs: a header may kill the worker. */
export type Inspecting = IdentifyOptions & { readonly host: WorkerHost };

/** `inspectModel` in a worker of its own. */
export async function inspectFile(path: string, inspecting: Inspecting): Promise<InspectedModel> {
  using backend = new Backend('off', inspecting.host);
  return await inspectModel(path, backend, inspecting);
}

/** `openModel` in a worker of its own. */
export async function openFile(path: string, host: WorkerHost): Promise<ReadModel> {
  using backend = new Backend('off', host);
  return await openModel(path, backend);
}

/**
 * Reads and checks a model's headers.
 * @param files as `openModelFiles` returns them
 * @throws WinnowError NOT_GGUF for what is not a model, GGUF_CORRUPT, SPLIT_INCOMPLETE, ARCH_UNKNOWN
 */
export async function readModel(
  files: readonly { readonly path: string; readonly bytes: number }[],
  backend: Backend,
): Promise<ReadModel> {
  const headers: GgufHeader[] = [];
  for (const file of files) headers.push(await readHeader(file.path, file.bytes, backend));

  const [first] = headers;
  const [firstFile] = files;
  if (!first || !firstFile) throw new WinnowError('INTERNAL', 'a model has at least one file');
  checkSplit(files, headers);

  const tensors = headers.flatMap((header, part) => header.tensors.map((tensor) => ({ ...tensor, part })));
  files.forEach((file, part) =>
    checkComplete(
      file,
      tensors.filter((tensor) => tensor.part === part),
    ),
  );
  const arch = await requireArchitecture(firstFile.path, headers, backend);
  requireComputable(
    arch,
    first.kv,
    tensors,
    files.map(({ path }) => path),
  );
  return { info: describe(arch, first, files, tensors), kv: first.kv, headers, tensors };
}

/** @throws WinnowError NOT_GGUF, GGUF_CORRUPT, ARCH_UNKNOWN */
async function requireArchitecture(path: string, headers: readonly GgufHeader[], backend: Backend): Promise<string> {
  const other = otherKind(headers);
  if (other !== null) {
    throw new WinnowError('NOT_GGUF', msg('ggufOtherKind', { path, kind: other }), { path });
  }
  const arch = keyString(headers[0]?.kv ?? {}, 'general.architecture');
  if (arch === null) {
    throw new WinnowError('GGUF_CORRUPT', msg('noArchitecture', { path }));
  }
  if (!(await backend.call('knowsArchitecture', { name: arch }))) {
    throw new WinnowError('ARCH_UNKNOWN', msg('architectureUnknown', { path, arch }), { arch });
  }
  return arch;
}

/** @throws WinnowError GGUF_CORRUPT, with llama.cpp's message about the header; OUT_OF_MEMORY: the file cannot be mapped */
export async function readHeader(path: string, fileBytes: number, backend: Backend): Promise<GgufHeader> {
  try {
    return { ...(await backend.call('readGguf', { path })), fileBytes } as GgufHeader;
  } catch (error) {
    if (!(error instanceof WinnowError) || !isModelsFault(error)) throw error;
    if (error.code === 'OUT_OF_MEMORY') throw loadFailure(error, path);
    const log = (error.details.log as string[] | undefined) ?? [];
    const reason = (log.at(0)?.replace(/^\w+: /, '') ?? error.message).replace(/\.$/, '');
    throw new WinnowError('GGUF_CORRUPT', msg('headerDamaged', { path, reason }), { path, log }, error);
  }
}

/** Whether an error is the model's fault. A worker that could not start, or was killed from outside, says nothing about the file. */
export function isModelsFault(error: WinnowError): boolean {
  if (error.code === 'CANCELLED') return false;
  if (error.code !== 'BACKEND_CRASHED') return true;
  return !diedOfTheSystem(error) && !/SIG(KILL|INT|TERM)/.test(String(error.details.reason));
}

/** The number of a key; like llama.cpp, this also accepts a list of one number. */
function splitNumber({ kv }: GgufHeader, key: string): number | null {
  const numbers = keyIntegers(kv, key);
  return numbers?.length === 1 ? (numbers[0] ?? null) : null;
}

function checkSplit(files: readonly { path: string }[], headers: readonly GgufHeader[]): void {
  const [first] = files;
  // llama.cpp reads only the first part's count
  const count = (headers[0] && splitNumber(headers[0], 'split.count')) ?? 1;
  if (first && count > MAX_PARTS) {
    throw new WinnowError('SPLIT_INCOMPLETE', msg('splitTooMany', { path: first.path, count, limit: MAX_PARTS }), {
      path: first.path,
      parts: count,
    });
  }
  if (first && count !== files.length && !(files.length === 1 && count === 0)) {
    throw new WinnowError(
      'SPLIT_INCOMPLETE',
      msg('splitCountWrong', { path: first.path, count, found: files.length }),
      { path: first.path },
    );
  }
  headers.forEach((header, part) => {
    const path = files[part]?.path ?? '';
    const no = splitNumber(header, 'split.no') ?? 0;
    if (files.length > 1 && no !== part) {
      throw new WinnowError('SPLIT_INCOMPLETE', msg('splitNumberWrong', { path, inHeader: no + 1, inName: part + 1 }), {
        path,
      });
    }
  });
  const expected = keyInteger(headers[0]?.kv ?? {}, 'split.tensors.count');
  const found = headers.reduce((sum, header) => sum + header.tensors.length, 0);
  if (files.length > 1 && expected !== null && expected !== found) {
    throw new WinnowError('SPLIT_INCOMPLETE', msg('splitPartForeign', { path: first?.path ?? '', found, expected }));
  }
}

/** @throws WinnowError GGUF_CORRUPT when the file ends before its tensors do */
export function checkComplete(file: { path: string; bytes: number }, tensors: GgufHeader['tensors']): void {
  const end = tensors.reduce((max, tensor) => Math.max(max, tensor.fileOffset + tensor.bytes), 0);
  if (end > file.bytes) {
    throw new WinnowError('GGUF_CORRUPT', msg('fileTruncated', { path: file.path, bytes: file.bytes, needed: end }), {
      path: file.path,
      bytes: file.bytes,
      needed: end,
    });
  }
}

function describe(
  arch: string,
  header: GgufHeader,
  files: readonly { path: string; bytes: number }[],
  tensors: readonly TensorInfo[],
): ReadModel['info'] {
  const { kv } = header;
  const integer = (key: string): number => keyInteger(kv, `${arch}.${key}`) ?? 0;
  const nExpert = integer('expert_count');
  const blockCount = integer('block_count');
  const nextnCount = Math.max(0, Math.min(integer('nextn_predict_layers'), blockCount, MAX_BLOCKS));

  const withExperts = new Set<number>();
  let expertBytes = 0;
  for (const tensor of tensors) {
    if (!expertAxis(tensor.name)) continue;
    expertBytes += tensor.bytes;
    if (/_exps\.weight$/.test(tensor.name)) withExperts.add(blockTensor(tensor.name)?.block ?? -1);
  }
  const blocks = [...withExperts].sort((a, b) => a - b);
  const firstNextn = blockCount - nextnCount;

  const nEmbd = integer('embedding_length');
  const moeLayers = blocks.filter((block) => block < firstNextn);
  const nextnLayers = Array.from({ length: nextnCount }, (_, i) => firstNextn + i);
  const predictionLayers = runnablePrediction({ arch, kv, tensors, moeLayers, nextnLayers });
  return {
    path: files[0]?.path ?? '',
    parts: files.map((file) => file.path),
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    arch,
    name: keyString(kv, 'general.name') ?? '',
    fileType: fileTypeName(kv),
    blockCount,
    ...(nEmbd > 0 && { nEmbd }),
    moeLayers,
    nextnLayers,
    ...(predictionLayers.length > 0 && { predictionLayers }),
    nExpert,
    nExpertUsed: Math.max(0, ...(keyIntegers(kv, `${arch}.expert_used_count`) ?? [])),
    nExpertGroups: integer('expert_group_count'),
    nExpertGroupsUsed: integer('expert_group_used_count'),
    expertsPerBlock: Math.max(1, integer('experts_per_group')),
    expertBytes,
    contextLength: integer('context_length'),
    prunable: prunable(arch, header, tensors, nExpert, blocks.length),
  };
}

function prunable(
  arch: string,
  header: GgufHeader,
  tensors: readonly TensorInfo[],
  nExpert: number,
  moeBlocks: number,
): Prunable {
  // first, because files of old converters hold experts in tensors that this llama.cpp does not know
  const reason = nExpert === 0 ? msg('dense') : refusal({ arch, kv: header.kv, tensors, nExpert });
  if (reason !== null) return { ok: false, reason };
  if (moeBlocks === 0) return { ok: false, reason: msg('dense') };
  const inconsistency = findInconsistency(arch, header, tensors, nExpert);
  return inconsistency === null ? { ok: true } : { ok: false, reason: inconsistency };
}

/** What prevents llama.cpp from loading the model, as far as names and shapes tell. */
function findInconsistency(
  arch: string,
  { kv }: GgufHeader,
  tensors: readonly TensorInfo[],
  nExpert: number,
): Sentence | null {
  const used = Math.max(0, ...(keyIntegers(kv, `${arch}.expert_used_count`) ?? []));
  if (used < 1 || used > nExpert) return msg('usedCountWrong', { used, nExpert });

  const perBlock = Math.max(1, keyInteger(kv, `${arch}.experts_per_group`) ?? 1);
  const parts = new Map<number, Set<string>>();
  for (const { name, ne } of tensors) {
    const axis = expertAxis(name);
    const inBlock = blockTensor(name);
    if (!axis || !inBlock) continue;
    const count = axis === 'expert' ? nExpert : nExpert / perBlock;
    if (ne.at(-1) !== count) return msg('tensorExperts', { tensor: name, found: ne.at(-1) ?? 0, expected: count });
    const projection = /^ffn_(gate_up|up|down)_exps\.weight$/.exec(inBlock.name)?.[1];
    if (projection === undefined) continue;
    const projections = parts.get(inBlock.block) ?? new Set();
    parts.set(inBlock.block, projections.add(projection === 'down' ? 'down' : 'up'));
  }
  for (const [block, projections] of parts) {
    for (const part of ['up', 'down']) {
      if (!projections.has(part)) return msg('blockLacks', { block, tensor: `blk.${block}.ffn_${part}_exps.weight` });
    }
  }
  return null;
}

/** Whether the model has no experts at all. */
export function isDense({ prunable }: ModelFacts): boolean {
  return !prunable.ok && prunable.reason.code === 'dense';
}

/** @throws WinnowError NOT_MOE or ARCH_REFUSED with the reason */
export function requirePrunable(info: ModelFacts): void {
  if (info.prunable.ok) return;
  const code = isDense(info) ? 'NOT_MOE' : 'ARCH_REFUSED';
  throw new WinnowError(code, msg('cannotBePruned', { path: info.path, reason: info.prunable.reason }), {
    arch: info.arch,
  });
}

/** File types that llama-quantize makes under another name, and one that it does not make. */
const OTHER_NAMES: readonly (readonly [number, string])[] = [
  [38, 'MXFP4'],
  [39, 'NVFP4'],
];
const FILE_TYPES = new Map<number, string>([
  ...QUANT_TYPES.map(({ fileType, name }) => [fileType, name] as const),
  ...OTHER_NAMES,
]);

/** llama.cpp's name of the quantisation, such as "Q8_0"; "unknown" if the header has none. */
function fileTypeName(kv: GgufKeys): string {
  const number = keyInteger(kv, 'general.file_type');
  return (number !== null && FILE_TYPES.get(number)) || 'unknown';
}

const KINDS: Readonly<Record<string, Sentence>> = {
  mmproj: msg('isMmproj'),
  imatrix: msg('isImatrix'),
  adapter: msg('isAdapter'),
  controlvector: msg('isControlVector'),
};

/** The kind by `general.architecture`, for files that do not name their type. */
const KIND_OF_ARCHITECTURE: Readonly<Record<string, string>> = { clip: 'mmproj', controlvector: 'controlvector' };

/**
 * What the file is, if it is not a model; null: it is one.
 * @param headers of all its parts
 */
function otherKind(headers: readonly GgufHeader[]): Sentence | null {
  const kv = headers[0]?.kv ?? {};
  const type = keyString(kv, 'general.type') ?? '';
  const arch = keyString(kv, 'general.architecture') ?? '';
  const kind = KINDS[type] ?? KINDS[KIND_OF_ARCHITECTURE[arch] ?? ''];
  if (kind !== undefined) return kind;
  return headers.every(({ tensors }) => tensors.length === 0) ? msg('isVocabulary') : null;
}
