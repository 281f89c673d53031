// Loads a model's files into a backend worker, with errors that name the file.
import { saidBy, WinnowError, type ErrorCode } from '../../../contract/errors.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import { say } from '../../../contract/sentences.ts';
import { addressLimit, NO_MEMORY } from './address-space.ts';
import type { Backend } from './backend.ts';
import type { Params, Result } from './protocol.ts';
import { diedOfTheSystem, type CallOptions } from './worker-client.ts';

export type LoadedModel = Result<'load'>;

/** Where a model lies: the path that names it, and all of its files in order. */
export type ModelFiles = Pick<ModelInfo, 'path' | 'parts'>;

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
  throw new WinnowError('GGUF_CORRUPT', say('noTokenizer', { path }), { path });
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
    return new WinnowError(error.code, say('loadingFailed', { path, reason: saidBy(error) }), error.details, error);
  }
  const reason = saidOf(error);
  if (error.code === 'OUT_OF_MEMORY' || NO_MEMORY.test(reason)) {
    return new WinnowError(
      'OUT_OF_MEMORY',
      say('loadingNoMemory', { path, reason: addressLimit() ?? reason }),
      error.details,
      error,
    );
  }
  return new WinnowError('GGUF_CORRUPT', say('loadingRefused', { path, reason }), error.details, error);
}

/** llama.cpp's lines, without the function names in them and without the last line, which only says that loading failed. */
function saidOf(error: WinnowError): string {
  const lines = ((error.details.log as string[] | undefined) ?? []).map((line) =>
    line.replace(/^\w+: (error loading model: )?(\w+: )?/, '').replace(/^\S+[\\/](?=[\w-]+\.\w+:\d+: )/, ''),
  );
  const telling = lines.filter((line) => line !== 'failed to load model');
  return (telling.length > 0 ? telling.join('; ') : error.message).replace(/\.$/, '');
}
