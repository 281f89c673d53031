// The use case: makes a pruned file available in another program.
import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { PROGRAMS, type Opened, type Program } from '../../../contract/api/programs.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { Placement } from '../../../contract/requests.ts';
import { msg } from '../../../contract/sentences.ts';
import type { WorkerHost } from '../../base/backend/worker-host.ts';
import { companionPath, modelFileStem, writeNewFile } from '../../models/model-files.ts';
import { toDisplayPath } from '../../base/files/paths.ts';
import { commandText, fileArgument } from '../../base/files/shell-word.ts';
import { exists } from '../../base/files/user-files.ts';
import { lmStudioFolders, modelPlaces, type Machine, readSmallFile } from '../../models/library/places.ts';
import { type ReadModel, openFile } from '../../models/inspect.ts';
import type { CallOptions } from '../../base/backend/worker-client.ts';
import { bringFiles, makeFolder } from './bring-files.ts';
import { modelfileText, ollamaName } from './ollama.ts';
import { printableJson } from '../../../contract/printable.ts';
import { Backend } from '../../base/backend/backend.ts';
import { freeMemory, memoryFit } from '../../models/library/memory-fit.ts';
import { takeSnapshot } from '../../models/placement/machine-snapshot.ts';
import { modelShape } from '../../models/placement/model-shape.ts';
import { type PlacedModel, placeModel } from '../../models/placement/place-model.ts';
import { USUAL_NEED } from '../../models/placement/workload.ts';

type OpenRequest = {
  /** The file, or any part of it. */
  readonly model: string;
  readonly program: Program;
  /** The program's models folder; null: its usual place. */
  readonly folder: string | null;
  /** Maximum tokens of context. */
  readonly ctx: number;
  /** Whether the file was made for this context, which then is not shortened where memory is short now. */
  readonly isMadeFor: boolean;
  readonly placement: Placement;
};

/** Shown as the models' publisher. */
const PUBLISHER = 'winnow';

/**
 * Makes the file available in the program. No existing file is replaced.
 * @throws WinnowError from inspecting the file; FILE_NOT_FOUND: the program's folder was not found; TARGET_EXISTS,
 * TARGET_UNWRITABLE, NO_SPACE; USAGE: the program does not accept the name; the signal's reason
 */
export async function openIn(
  request: OpenRequest,
  host: WorkerHost,
  machine: Machine,
  options: CallOptions = {},
): Promise<Opened> {
  const model = await openFile(request.model, host);
  switch (request.program) {
    case 'lm-studio':
      return inLmStudio(model, await findFolder(request, machine), options);
    case 'jan':
      return inJan(model, await findFolder(request, machine));
    case 'ollama':
      return inOllama(model, await modelfileFor(model, request, host, options.signal));
    case 'llama-cpp':
      return inLlamaCpp(model, request, host, options.signal);
  }
}

type Modelfile = { readonly text: string; readonly ctx: number };

/**
 * The text of a Modelfile that lies beside the file.
 * @throws WinnowError from inspecting the file; USAGE: Ollama does not accept its name; the signal's reason
 */
export async function modelfile(
  request: Omit<OpenRequest, 'program' | 'folder'>,
  host: WorkerHost,
  signal?: AbortSignal,
): Promise<string> {
  return (await modelfileFor(await openFile(request.model, host), request, host, signal)).text;
}

async function modelfileFor(
  model: ReadModel,
  { placement, ...rest }: Pick<OpenRequest, 'ctx' | 'isMadeFor' | 'placement'>,
  host: WorkerHost,
  signal?: AbortSignal,
): Promise<Modelfile> {
  const { ctx } = await llamaCppSettings(model, rest, placement, host, signal);
  return { text: modelfileText(model.info.parts, model.kv, ctx), ctx };
}

const NAMES: Readonly<Record<Program, string>> = {
  'lm-studio': 'LM Studio',
  ollama: 'Ollama',
  'llama-cpp': 'llama.cpp',
  jan: 'Jan',
};

async function findFolder({ program, folder }: OpenRequest, machine: Machine): Promise<string> {
  if (folder !== null && !(await exists(folder))) {
    throw new WinnowError('FILE_NOT_FOUND', msg('noProgramFolder', { folder, program: NAMES[program] }), {
      path: folder,
    });
  }
  const place = folder ?? (await programFolder(program, machine));
  if (place !== null) return place;
  throw new WinnowError('FILE_NOT_FOUND', msg('programNotFound', { program: NAMES[program] }), { program });
}

function opened(
  { info }: ReadModel,
  program: Program,
  { how, path, commands = [], ctx = null }: Partial<Opened> & { readonly how: Opened['how']; readonly path?: string },
): Opened {
  const displayPath = path === undefined ? null : toDisplayPath(path);
  return { program, how, displayPath, commands, ctx, isSplit: info.parts.length > 1 };
}

/** LM Studio expects publisher/model/file.gguf in its models folder: https://lmstudio.ai/docs/app/advanced/import-model. */
async function inLmStudio(model: ReadModel, folder: string, options: CallOptions): Promise<Opened> {
  const path = join(folder, PUBLISHER, modelFileStem(model.info.path));
  return opened(model, 'lm-studio', { how: await bringFiles(model.info.parts, path, options), path });
}

async function inJan(model: ReadModel, folder: string): Promise<Opened> {
  const { info } = model;
  const path = join(folder, janModelId(info.path));
  const how = await writeOnce(join(path, 'model.yml'), janModelYml(info.path, info.bytes), path);
  return opened(model, 'jan', { how, path });
}

async function inOllama(model: ReadModel, { text, ctx }: Modelfile): Promise<Opened> {
  const { info } = model;
  const path = companionPath(info.path, '.Modelfile');
  const how = await writeOnce(path, text, dirname(path));
  const name = ollamaName(info.path);
  return opened(model, 'ollama', {
    how,
    path,
    ctx,
    commands: [
      { kind: 'create', text: commandText(['ollama', 'create', name, '-f', fileArgument(path)]) },
      { kind: 'run', text: commandText(['ollama', 'run', name]) },
      { kind: 'remove', text: commandText(['ollama', 'rm', name]) },
    ],
  });
}

async function inLlamaCpp(
  model: ReadModel,
  { placement, ...rest }: OpenRequest,
  host: WorkerHost,
  signal?: AbortSignal,
): Promise<Opened> {
  const settings = await llamaCppSettings(model, rest, placement, host, signal);
  const args = llamaCppArguments(resolve(model.info.path), settings);
  return opened(model, 'llama-cpp', {
    how: 'commands',
    ctx: settings.ctx,
    commands: [
      { kind: 'run', text: commandText(['llama-cli', ...args]) },
      { kind: 'serve', text: commandText(['llama-server', ...args]) },
    ],
  });
}

/** Writes a small file unless it exists with the same text. */
async function writeOnce(path: string, text: string, folder: string): Promise<'written' | 'present'> {
  if ((await readSmallFile(path)) === text) return 'present';
  await makeFolder(folder);
  await writeNewFile(path, text, false);
  return 'written';
}

/** Name of the model's folder, which is also its id, in the characters that Jan allows. */
function janModelId(path: string): string {
  const id = modelFileStem(path)
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '');
  return id === '' ? 'pruned' : id;
}

/**
 * The content of model.yml. A JSON string is a valid YAML scalar; unprintable characters are escaped, since some end a line in YAML.
 * @param path path of the first part: llama.cpp finds the others beside it
 */
export function janModelYml(path: string, bytes: number): string {
  return [
    'embedding: false',
    `model_path: ${quoted(resolve(path))}`,
    `name: ${quoted(modelFileStem(path))}`,
    `size_bytes: ${bytes}`,
    '',
  ].join('\n');
}

function quoted(text: string): string {
  return printableJson(JSON.stringify(text));
}

/** With fewer tokens there is hardly room for a conversation. */
const LEAST_CTX = 1024;

type LlamaCppSettings = Pick<PlacedModel, 'gpuLayers' | 'cpuExpertLayers'> & { readonly ctx: number };

/**
 * Chooses settings for this machine as it is now.
 * @param inputCtx requested tokens of context; limited to what the model has, and halved until weights and cache fit into memory, unless
 *   the file was made for them
 * @throws WinnowError GPU_UNAVAILABLE; GGUF_CORRUPT when the header contradicts itself
 */
async function llamaCppSettings(
  model: ReadModel,
  { ctx: inputCtx, isMadeFor }: { readonly ctx: number; readonly isMadeFor: boolean },
  placement: Placement,
  host: WorkerHost,
  signal?: AbortSignal,
): Promise<LlamaCppSettings> {
  using backend = new Backend(placement.gpu, host);
  const snapshot = await takeSnapshot({ ...placement, rpc: [] }, backend, signal ? { signal } : {});
  const memory = freeMemory(snapshot);
  const shape = modelShape(model);
  const most = model.info.contextLength > 0 ? Math.min(inputCtx, model.info.contextLength) : inputCtx;
  let ctx = most;
  while (
    !isMadeFor &&
    ctx / 2 >= LEAST_CTX &&
    memoryFit({ ...model, shape }, { ctx, keep: null }, memory).verdict === 'disk'
  ) {
    ctx = Math.floor(ctx / 2);
  }
  const need = { ...USUAL_NEED, cacheTokens: ctx };
  const { settled } = placeModel(shape, snapshot, { ...placement, rpc: [] }, need);
  const { devices, gpuLayers, cpuExpertLayers } = settled;
  return devices.length === 0 ? { ctx, gpuLayers: 0, cpuExpertLayers: 0 } : { ctx, gpuLayers, cpuExpertLayers };
}

/** The arguments after the program's name. Without a GPU they say nothing about layers. */
function llamaCppArguments(path: string, { ctx, gpuLayers, cpuExpertLayers }: LlamaCppSettings): string[] {
  return [
    ...['-m', path, '-c', String(ctx)],
    ...(gpuLayers > 0 ? ['-ngl', String(gpuLayers)] : []),
    ...(cpuExpertLayers > 0 ? ['--n-cpu-moe', String(cpuExpertLayers)] : []),
  ];
}

/** The folder that a program takes models from; null: there is none on this machine. */
async function programFolder(program: Program, machine: Machine): Promise<string | null> {
  const lmStudio = await lmStudioFolders(machine);
  if (program === 'lm-studio') {
    const folder = lmStudio.downloads ?? join(lmStudio.home, 'models');
    return (await isFolder(folder)) ? folder : null;
  }
  if (program !== 'jan') return null;
  const places = modelPlaces(machine, lmStudio).filter(({ origin }) => origin === 'jan');
  for (const { path } of places.filter((place) => place.path.includes('llamacpp'))) {
    // Jan creates the folder itself with the first model; its data folder exists from the first start
    if (await isFolder(dirname(dirname(path)))) return path;
  }
  return null;
}

/** Whether a program takes models from a folder of its own. */
export function needsFolder(program: Program): boolean {
  return program === 'lm-studio' || program === 'jan';
}

/** The folders of all programs. */
export async function programFolders(machine: Machine): Promise<{ program: Program; folder: string | null }[]> {
  return Promise.all(PROGRAMS.map(async (program) => ({ program, folder: await programFolder(program, machine) })));
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  );
}
