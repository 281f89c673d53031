// The engine's side of a backend worker: Winnow's own llama.cpp, which loads a model's files, scores, masks and measures. ggml ends the
// process when it loses a machine that lends it memory, and names it in the log's last lines; what the worker's error says about it is
// read here.
import type { GpuChoice } from '../../../../native/index.ts';
import { figureFailure } from './figures.ts';
import { methods, type Event, type Params, type Result } from './protocol.ts';
import { WorkerClient, type CallOptions, diedOfTheSystem } from './worker-client.ts';
import { forkWorker, type WorkerHost } from './worker-host.ts';
import { saidBy, WinnowError, type ErrorCode } from '../../../contract/errors.ts';
import { msg, type Sentence } from '../../../contract/sentences.ts';
import { addressLimit, NO_MEMORY } from './address-space.ts';

export class Backend extends WorkerClient<typeof methods> {
  /** The host that started it, for starting further workers. */
  readonly host: WorkerHost;

  constructor(gpu: GpuChoice = 'off', host: WorkerHost = forkWorker) {
    super('backend', methods, host({ entry: 'backend', args: [gpu] }));
    this.host = host;
  }

  /** @throws WinnowError as WorkerClient.call; MACHINE_UNAVAILABLE, OUT_OF_MEMORY: a machine that lends memory failed;
   * GGUF_CORRUPT: a figure is not a finite number */
  override async call<M extends keyof typeof methods>(
    method: M,
    params: Params<M>,
    options: CallOptions & { readonly onEvent?: (event: Event<M>) => void } = {},
  ): Promise<Result<M>> {
    try {
      return await super.call(method, params, options);
    } catch (error) {
      throw machineFailure(error, this.model) ?? figureFailure(error, method, this.model) ?? error;
    }
  }
}

/** The line that the patched ggml and native/src/rpc-client.cpp print. */
const LOST = /RPC server (\S+) is lost: (.*)$/;
/** llama.cpp and ggml name a buffer after its device: RPC0[HOST:PORT]. */
const NO_ROOM = /alloc\w* .*?\bRPC\d+\[([^\s\]]+\]?:\d+)\] buffer/;

/** @returns the error that names the machine; null: the error has nothing to do with another machine */
export function machineFailure(error: unknown, model: string | null): WinnowError | null {
  if (!(error instanceof WinnowError)) return null;
  const { tail, log } = error.details;
  const lines = (tail ?? log ?? []) as readonly string[];
  if (error.code === 'BACKEND_CRASHED') {
    const [, endpoint, why] = lines.map((line) => LOST.exec(line)).find((match) => match !== null) ?? [];
    if (endpoint !== undefined && why !== undefined) return lost(endpoint, why, model, error);
  }
  const full = lines.map((line) => NO_ROOM.exec(line)?.[1]).find((endpoint) => endpoint !== undefined);
  return full === undefined ? null : noRoom(full, error);
}

function lost(endpoint: string, why: string, model: string | null, cause: WinnowError): WinnowError {
  const held = model === null ? [] : [msg('machineHeld', { model })];
  return new WinnowError(
    'MACHINE_UNAVAILABLE',
    msg('machineLost', { endpoint, why, held }),
    { ...cause.details, endpoint },
    cause,
  );
}

function noRoom(endpoint: string, cause: WinnowError): WinnowError {
  return new WinnowError('OUT_OF_MEMORY', msg('machineNoRoom', { endpoint }), { ...cause.details, endpoint }, cause);
}

/**
 * Why a machine cannot be used, from what the native part reported.
 * @param said begins with "unreachable: " or "incompatible: "
 */
export function machineRefusal(
  endpoint: string,
  said: string,
): { readonly state: 'unreachable' | 'incompatible'; readonly why: Sentence } {
  const why = said.replace(/^\w+: /, '');
  return said.startsWith('incompatible: ')
    ? {
        state: 'incompatible',
        why: msg('machineIncompatible', { endpoint, why }),
      }
    : {
        state: 'unreachable',
        why: msg('machineUnreachable', { endpoint, why }),
      };
}

export type LoadedModel = Result<'load'>;

/** Where a model lies: the path that names it, and all of its files in order. */
export type ModelFiles = { readonly path: string; readonly parts: readonly string[] };

/** Codes of load failures that have nothing to do with the file. */
const UNRELATED: readonly ErrorCode[] = [
  'CANCELLED',
  'FILE_UNREADABLE',
  'GPU_UNAVAILABLE',
  'MACHINE_UNAVAILABLE',
  'NATIVE_BUILD',
  'NATIVE_LOAD',
  'NO_SPACE',
  'TARGET_UNWRITABLE',
];

/**
 * Loads the tokenizer alone: fast, and enough to count tokens.
 * @throws WinnowError as loadFiles, and as requireVocabulary
 */
export async function loadVocabulary(backend: Backend, files: ModelFiles): Promise<LoadedModel> {
  const model = await loadFiles(
    backend,
    files,
    {
      devices: [],
      gpuLayers: 0,
      deviceLayers: [],
      cpuExpertBlocks: [],
      repack: 'none',
      vocabOnly: true,
    },
    {},
  );
  requireVocabulary(model, files);
  return model;
}

/** @throws WinnowError GGUF_CORRUPT for a model without a tokenizer: llama.cpp would end the process when asked for tokens */
export function requireVocabulary(model: LoadedModel, { path }: ModelFiles): void {
  if (model.hasVocab) return;
  throw new WinnowError('GGUF_CORRUPT', msg('noTokenizer', { path }), { path });
}

/**
 * Loads a model's files with these options.
 * @throws WinnowError as loadFailure
 */
export async function loadFiles(
  backend: Backend,
  files: ModelFiles,
  how: Omit<Params<'load'>, 'parts'>,
  options: CallOptions,
): Promise<LoadedModel> {
  try {
    const model = await backend.call('load', { parts: [...files.parts], ...how }, options);
    backend.model = files.path;
    return model;
  } catch (error) {
    throw loadFailure(error, files.path);
  }
}

/** What an error of loading says about the file: GGUF_CORRUPT, OUT_OF_MEMORY or BACKEND_CRASHED; others stay as they are. */
export function loadFailure(error: unknown, path: string): unknown {
  if (!(error instanceof WinnowError) || UNRELATED.includes(error.code)) return error;
  // another machine, or this one, is the cause
  if (error.details.endpoint !== undefined || diedOfTheSystem(error)) return error;
  // llama.cpp aborts on files that it cannot use; any other way for a worker to end is not the file's fault
  if (error.code === 'BACKEND_CRASHED' && error.details.reason !== 'signal SIGABRT') {
    return new WinnowError(error.code, msg('loadingFailed', { path, reason: saidBy(error) }), error.details, error);
  }
  const reason = logText(error);
  if (error.code === 'OUT_OF_MEMORY' || NO_MEMORY.test(reason)) {
    return new WinnowError(
      'OUT_OF_MEMORY',
      msg('loadingNoMemory', { path, reason: addressLimit() ?? reason }),
      error.details,
      error,
    );
  }
  return new WinnowError('GGUF_CORRUPT', msg('loadingRefused', { path, reason }), error.details, error);
}

/** llama.cpp's lines, without the function names in them and without the last line, which only says that loading failed. */
function logText(error: WinnowError): string {
  const lines = ((error.details.log as string[] | undefined) ?? []).map((line) =>
    line.replace(/^\w+: (error loading model: )?(\w+: )?/, '').replace(/^\S+[\\/](?=[\w-]+\.\w+:\d+: )/, ''),
  );
  const telling = lines.filter((line) => line !== 'failed to load model');
  return (telling.length > 0 ? telling.join('; ') : error.message).replace(/\.$/, '');
}
