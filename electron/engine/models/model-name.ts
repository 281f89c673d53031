// What people call a model: one name, wherever it is shown.
import { basename, dirname } from 'node:path';
import { printableName } from '../../contract/printable.ts';
import type { ModelInfo } from '../../contract/model-info.ts';
import { modelFileStem } from '../base/files/companion.ts';

const GGUF = /\.gguf$/i;
/** File names that say nothing: the folder's name says more. */
const NAMELESS = /^(ggml-)?model$/i;

/** The file's name, as people see it in their folders; if that says nothing, the header's `general.name`. */
export function modelName({ name, path }: Pick<ModelInfo, 'name' | 'path'>): string {
  return nameOfFile(path) ?? printableName(name.trim() || basename(path));
}

/** The name of a model file as people know it; null: it has none. */
export function nameOfFile(path: string): string | null {
  if (!GGUF.test(path)) return null;
  const stem = modelFileStem(path);
  return printableName((NAMELESS.test(stem) && basename(dirname(path)).replace(/^\.+$/, '')) || stem);
}
