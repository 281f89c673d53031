// What people call a model.
import { basename } from 'node:path';
import type { ModelInfo } from '../../contract/model-info.ts';

/** The name that the header gives; where it gives none, the file's. */
export function modelName({ name, path }: Pick<ModelInfo, 'name' | 'path'>): string {
  return name.trim() || basename(path).replace(/(-\d{5}-of-\d{5})?\.gguf$/i, '');
}
