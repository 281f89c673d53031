// Small files that belong to a model file: beside it and named after it, so that two models in one folder do not share them.
import { basename, dirname, join } from 'node:path';
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import { exists, writeTextFile } from './user-files.ts';

/** A model file's name without its extension and its part number. */
export function modelFileStem(path: string): string {
  return withoutPartNumber(basename(path).replace(/\.gguf$/i, ''));
}

/** The name that all parts of a split model share. @param stem one part's name without the extension */
export function withoutPartNumber(stem: string): string {
  return stem.replace(/-\d{5}-of-\d{5}$/, '');
}

/** The path of a model's companion file. @param ending such as ".README.md" */
export function companionPath(modelPath: string, ending: string): string {
  return join(dirname(modelPath), `${modelFileStem(modelPath)}${ending}`);
}

/**
 * Writes a file that does not exist yet.
 * @throws WinnowError TARGET_EXISTS, unless it may be replaced; TARGET_UNWRITABLE, NO_SPACE
 */
export async function writeNewFile(path: string, text: string, overwrite: boolean): Promise<void> {
  if (!overwrite && (await exists(path))) {
    throw new WinnowError('TARGET_EXISTS', say('companionExists', { path }), {
      path,
    });
  }
  await writeTextFile(path, text);
}
