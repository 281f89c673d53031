// The closed set of failures that a user can meet. Everything that crosses a process border or reaches the
// command line is one of these; any other exception is a defect.
import { inEnglish, say, type Sentence } from './sentences.ts';

export const ERROR_CODES = [
  'USAGE', // the request itself makes no sense (bad option, contradictory options)
  'FILE_NOT_FOUND',
  'FILE_UNREADABLE', // permission, a folder where a file is needed, I/O error
  'TARGET_UNWRITABLE',
  'TARGET_EXISTS',
  'NO_SPACE',
  'NOT_GGUF',
  'GGUF_CORRUPT', // truncated, inconsistent, or refused by llama.cpp
  'RANKING_INVALID', // neither Winnow's form nor a table of layer, expert and score
  'CHECKPOINT_INVALID', // safetensors, their index or config.json: damaged, or not whole
  'SPLIT_INCOMPLETE', // a part of a split model is missing or foreign
  'NOT_MOE', // a dense model: nothing to prune
  'ARCH_UNKNOWN', // llama.cpp does not know the architecture
  'ARCH_REFUSED', // known, but pruning it would give a wrong file
  'MODEL_CHANGED', // the file is not the one that was scored
  'MASK_INVALID',
  'SCORES_INVALID',
  'SELECTION_IMPOSSIBLE', // K below the experts used, budget too small, pins contradict
  'NOTHING_FITS', // no file of the model fits into the memory
  'ALREADY_QUANTISED', // quantising it again was not asked for
  'IMATRIX_MISSING', // a type that takes an importance matrix, for tensors that have none
  'DEMOS_EMPTY', // no usable demo in the files
  'DEMO_FORMAT', // a file that no importer reads
  'TEXT_TOO_SHORT',
  'CALIBRATION_OVERLAP', // a text to measure on holds a demo that the experts were chosen by
  'OUT_OF_MEMORY',
  'GPU_UNAVAILABLE',
  'MACHINE_UNAVAILABLE', // one that lends memory: not reached, of another version, or gone
  'NATIVE_BUILD', // compiler or CMake missing, or the build failed
  'NATIVE_LOAD', // the system lacks what native code needs
  'BACKEND_CRASHED',
  'VERIFY_FAILED', // the written file is not what was planned
  'STORE', // database locked, corrupt or from a newer version
  'HUB_REFUSED', // not allowed here, no such file there, or no access to it
  'HUB_UNAVAILABLE', // the model hub is not reached, busy, or broke off
  'CONNECTION_LOST', // served: the page does not reach its server
  'CANCELLED',
  'INTERNAL',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** A failure as data: what crosses process borders, and what `--json` prints. */
export type ErrorData = {
  readonly code: ErrorCode;
  /** One or two sentences, in English: which file, where in it, what is wrong, what to do. */
  readonly message: string;
  /** The same for other languages; none: a defect, or what a program of others says. */
  readonly sentence?: Sentence | undefined;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
};

/** The only exception that Winnow's modules throw on purpose. */
export class WinnowError extends Error {
  readonly code: ErrorCode;
  readonly sentence: Sentence | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  /** @param said a text of its own only for defects, and where the command line alone says it */
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

/** What an error says, to be part of another sentence. */
export function saidBy(error: unknown): Sentence | string {
  if (error instanceof WinnowError) return error.sentence ?? error.message;
  return error instanceof Error ? error.message : String(error);
}

/** As `saidBy`, where it stands alone. */
export function sentenceBy(error: unknown): Sentence {
  const said = saidBy(error);
  return typeof said === 'string' ? say('written', { text: said }) : said;
}

/** Why the system allows no more of something, as the end of a sentence, by its own name of the error. */
export const SYSTEM_REASONS = {
  EMFILE: say('processFilesFull'),
  ENFILE: say('computerFilesFull'),
  EFBIG: say('fileSizeLimited'),
  ENOSPC: say('diskFull'),
  EDQUOT: say('quotaUsed'),
} as const;

/** What the system refuses wherever it is asked: no defect of the program, and no one file's. */
const SYSTEM_LIMITS: Readonly<Record<string, readonly [ErrorCode, Sentence]>> = {
  EMFILE: ['FILE_UNREADABLE', SYSTEM_REASONS.EMFILE],
  ENFILE: ['FILE_UNREADABLE', SYSTEM_REASONS.ENFILE],
  EFBIG: ['TARGET_UNWRITABLE', SYSTEM_REASONS.EFBIG],
  ENOSPC: ['NO_SPACE', SYSTEM_REASONS.ENOSPC],
  EDQUOT: ['NO_SPACE', SYSTEM_REASONS.EDQUOT],
};

/** Why the system starts no process, in words that end a sentence; other reasons as they are. */
export function startProblem(error: Error): string {
  const code = 'code' in error ? String(error.code) : '';
  const limit = code === 'EAGAIN' ? say('processesFull') : SYSTEM_LIMITS[code]?.[1];
  return limit ? inEnglish(limit) : error.message;
}

/** The error that names a limit of the system; null: what was thrown has another cause. */
export function systemLimit(error: unknown): WinnowError | null {
  const limit = error instanceof Error && 'code' in error ? SYSTEM_LIMITS[String(error.code)] : undefined;
  return limit ? new WinnowError(limit[0], say('systemLimit', { reason: limit[1] }), {}, error) : null;
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
