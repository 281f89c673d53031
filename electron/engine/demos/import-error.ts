// Turns anything that an import can throw into one of Winnow's errors.
import type { DemoFormat } from '../../contract/demo.ts';
import { WinnowError } from '../../contract/errors.ts';
import { say } from '../../contract/sentences.ts';
import { formatError } from './source-file.ts';

/** The error for what an import threw; one from neither the system nor a decoder is returned as it is. @param format null: not known yet */
export function asImportError(path: string, format: DemoFormat | null, error: unknown): unknown {
  if (error instanceof WinnowError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (isSystemError(error)) {
    return error.code === 'ENOENT' || error.code === 'ENOTDIR'
      ? new WinnowError('FILE_NOT_FOUND', say('fileMissing', { path }), { path }, error)
      : new WinnowError('FILE_UNREADABLE', say('fileUnreadable', { path, message }), { path }, error);
  }
  // The decoder throws plain errors of any kind on data that it cannot decode.
  if (format === 'parquet') return formatError(path, say('parquetUndecodable', { reason: message }), error);
  return error;
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}
