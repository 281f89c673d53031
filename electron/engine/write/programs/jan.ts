// Jan: a folder with a model.yml that names the file where it lies, like the one that Jan's own import of a local file makes
// (extensions/llamacpp-extension/src/index.ts of janhq/jan).
import { resolve } from 'node:path';
import { printableJson } from '../../../contract/printable.ts';
import { modelFileStem } from '../../base/files/companion.ts';

/** Name of the model's folder, which is also its id, in the characters that Jan allows. */
export function janModelId(path: string): string {
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
