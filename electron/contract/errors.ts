// The closed set of failures that a user can meet. Everything that crosses a process border or reaches the
// command line is one of these; any other exception is a defect.
import { inEnglish, msg, type Sentence } from './sentences.ts';

export const ERROR_CODES = [
  'USAGE', // the request itself makes no sense (bad option, contradictory options)
  'FILE_NOT_FOUND',
  'FILE_UNREADABLE', // permission, a folder where a file is needed, I/O error
  'TARGET_UNWRITABLE',
  'TARGET_EXISTS',
  'NO_SPACE',
  'NOT_GGUF',
  'GGUF_CORRUPT', // truncated, inconsistent, or refused by llama.cpp
  'CHECKPOINT_INVALID', // safetensors, their index or config.json: damaged or incomplete
  'SPLIT_INCOMPLETE', // a part of a split model is missing or belongs to another model
  'NOT_MOE', // a dense model: nothing to prune
  'ARCH_UNKNOWN', // llama.cpp does not know the architecture
  'ARCH_REFUSED', // known, but pruning it would give a wrong file
  'MODEL_CHANGED', // the file is not the one that was scored
  'CHOICE_INVALID',
  'SCORES_INVALID',
  'SELECTION_IMPOSSIBLE', // K below the experts used, budget too small, pins contradict
  'NOTHING_FITS', // no file of the model fits into the memory
  'ALREADY_QUANTISED', // the file is quantised, and quantising it again was not asked for
  'IMATRIX_MISSING', // a type that needs an importance matrix, for tensors that have none
  'DEMOS_EMPTY', // no usable demo in the files
  'DEMO_FORMAT', // no importer can read the file
  'TEXT_TOO_SHORT',
  'CALIBRATION_OVERLAP', // a text to measure on holds a demo that the experts were chosen by
  'OUT_OF_MEMORY',
  'GPU_UNAVAILABLE',
  'MACHINE_UNAVAILABLE', // a machine that lends memory: unreachable, of another version, or gone
  'NATIVE_BUILD', // compiler or CMake missing, or the build failed
  'NATIVE_LOAD', // the system lacks something that the native code needs
  'BACKEND_CRASHED',
  'VERIFY_FAILED', // the written file is not what was planned
  'STORE', // database locked, corrupt or from a newer version
  'HUB_REFUSED', // not allowed here, no such file on the hub, or no access to it
  'HUB_UNAVAILABLE', // the model hub is unreachable or busy, or broke off the transfer
  'CONNECTION_LOST', // the served page cannot reach its server
  'CANCELLED',
  'INTERNAL',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** A failure as data: what crosses process borders, and what `--json` prints. */
export type ErrorData = {
  readonly code: ErrorCode;
  /** One or two sentences, in English: which file, where in it, what is wrong, what to do. */
  readonly message: string;
  /** The same as data, for other languages; absent: a defect, or text from another program. */
  readonly sentence?: Sentence | undefined;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
};

/** The only exception that Winnow's modules throw on purpose. */
export class WinnowError extends Error {
  readonly code: ErrorCode;
  readonly sentence: Sentence | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  /** @param said plain text only for defects, and for errors that only the command line shows */
  constructor(
    code: ErrorCode,
    said: Sentence | string,
    details: Readonly<Record<string, unknown>> = {},
    cause?: unknown,
  ) {
    super(inEnglish(said), cause === undefined ? undefined : { cause });
    this.name = 'WinnowError';
    this.code = code;
    this.sentence = typeof said === 'string' ? undefined : said;
    this.details = details;
  }

  toData(): ErrorData {
    const { code, message, sentence, details } = this;
    return { code, message, ...(sentence && { sentence }), details };
  }
}

/** Returns what an error says, for use inside another sentence. */
export function saidBy(error: unknown): Sentence | string {
  if (error instanceof WinnowError) return error.sentence ?? error.message;
  return error instanceof Error ? error.message : String(error);
}

/** Like `saidBy`, for use as a sentence of its own. */
export function sentenceBy(error: unknown): Sentence {
  const said = saidBy(error);
  return typeof said === 'string' ? msg('written', { text: said }) : said;
}

/** Why the system allows no more of something, as the end of a sentence, by the system's own name of the error. */
export const SYSTEM_REASONS = {
  EMFILE: msg('processFilesFull'),
  ENFILE: msg('computerFilesFull'),
  EFBIG: msg('fileSizeLimited'),
  ENOSPC: msg('diskFull'),
  EDQUOT: msg('quotaUsed'),
} as const;

/** Refusals by the system that can happen anywhere: neither a defect of the program nor the fault of one file. */
const SYSTEM_LIMITS: Readonly<Record<string, readonly [ErrorCode, Sentence]>> = {
  EMFILE: ['FILE_UNREADABLE', SYSTEM_REASONS.EMFILE],
  ENFILE: ['FILE_UNREADABLE', SYSTEM_REASONS.ENFILE],
  EFBIG: ['TARGET_UNWRITABLE', SYSTEM_REASONS.EFBIG],
  ENOSPC: ['NO_SPACE', SYSTEM_REASONS.ENOSPC],
  EDQUOT: ['NO_SPACE', SYSTEM_REASONS.EDQUOT],
};

/** Returns why the system cannot start a process, as the end of a sentence; an unknown reason is returned as it is. */
export function startProblem(error: Error): string {
  const code = 'code' in error ? String(error.code) : '';
  const limit = code === 'EAGAIN' ? msg('processesFull') : SYSTEM_LIMITS[code]?.[1];
  return limit ? inEnglish(limit) : error.message;
}

/** Returns the error that names the system's limit; null: what was thrown has another cause. */
export function systemLimit(error: unknown): WinnowError | null {
  const limit = error instanceof Error && 'code' in error ? SYSTEM_LIMITS[String(error.code)] : undefined;
  return limit ? new WinnowError(limit[0], msg('systemLimit', { reason: limit[1] }), {}, error) : null;
}

/** Turns anything thrown into data. Unknown exceptions become INTERNAL with their message. */
export function errorToData(error: unknown): ErrorData {
  if (error instanceof WinnowError) return error.toData();
  const limit = systemLimit(error);
  if (limit) return limit.toData();
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'INTERNAL', message };
}

export function errorFromData(data: ErrorData): WinnowError {
  return new WinnowError(data.code, data.sentence ?? data.message, data.details ?? {});
}
