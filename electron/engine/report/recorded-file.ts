// Checks whether the file at an export's path is still the one that was written: what was recorded of it is true of no other.
import { WinnowError } from '../../contract/errors.ts';
import { say } from '../../contract/sentences.ts';
import { inspectFile, type InspectedModel, type Inspecting } from '../models/inspect.ts';
import type { StoredExport } from '../store/exports.ts';

/** Inspects the file. @throws WinnowError MODEL_CHANGED: it is another file; from inspecting it */
export async function requireRecorded(file: StoredExport, inspecting: Inspecting): Promise<InspectedModel> {
  const { outputPath: path, sha256 } = file;
  const model = await inspectFile(path, inspecting);
  if (model.info.fingerprint === sha256) return model;
  throw new WinnowError('MODEL_CHANGED', say('notTheWrittenFile', { path }), { path });
}
