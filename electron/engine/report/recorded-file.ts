// Checks whether the file at an export's path is still the one that was written: what was recorded of it is true of no other.
import { WinnowError } from '../../contract/errors.ts';
import type { ReportWrittenFile } from '../../contract/report-file.ts';
import { say } from '../../contract/sentences.ts';
import { hashOfFile } from '../models/identity.ts';
import { inspectFile, type InspectedModel, type Inspecting } from '../models/inspect.ts';
import type { StoredExport } from '../store/exports.ts';

type Recorded = Pick<StoredExport, 'outputPath' | 'fingerprint' | 'sha256'>;

/** Inspects the file. @throws WinnowError MODEL_CHANGED: it is another file; from inspecting it */
export async function requireRecorded(file: Recorded, inspecting: Inspecting): Promise<InspectedModel> {
  const { outputPath: path, fingerprint, sha256 } = file;
  const model = await inspectFile(path, inspecting);
  const isIt = fingerprint === null ? (await hashOfFile(path)) === sha256 : model.info.fingerprint === fingerprint;
  if (isIt) return model;
  throw notTheWritten(file);
}

/** The MODEL_CHANGED error for a path with another file. */
export function notTheWritten({ outputPath: path }: Pick<Recorded, 'outputPath'>): WinnowError {
  return new WinnowError('MODEL_CHANGED', say('notTheWrittenFile', { path }), { path });
}

const GONE = ['FILE_NOT_FOUND', 'SPLIT_INCOMPLETE'];

/** The state of a recorded file. @throws WinnowError CANCELLED, or from the worker that reads it */
export async function stateOfRecorded(
  file: Recorded,
  inspecting: Inspecting,
): Promise<NonNullable<ReportWrittenFile['now']>> {
  try {
    await requireRecorded(file, inspecting);
    return 'same';
  } catch (error) {
    if (!(error instanceof WinnowError) || ['CANCELLED', 'BACKEND_CRASHED'].includes(error.code)) throw error;
    return GONE.includes(error.code) ? 'gone' : 'changed';
  }
}
