// Makes a planned file readable for llama.cpp: a sparse file in a scratch folder, as long as the planned one, that holds its
// header and is otherwise a hole. The tensors' bytes stay where they are.
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Backend } from '../../base/backend/backend.ts';
import type { PlannedFile } from '../pruning/planned-file.ts';
import { buildMeta, fileBytes } from '../pruning/write-gguf.ts';
import { ALIGNMENT_KEY, USUAL_ALIGNMENT } from '../../models/gguf-keys.ts';

export type SparseSource = {
  readonly input: string;
  /** Where each tensor's bytes lie; `ranges` alternates offset and length. */
  readonly sources: { readonly name: string; readonly path: string; readonly ranges: Float64Array<ArrayBuffer> }[];
  readonly bytes: number;
};

/**
 * Writes the header of a planned file.
 * @param file as it would be written without quantising
 * @param folder where the header is written
 */
export async function writeSparseSource(file: PlannedFile, folder: string, backend: Backend): Promise<SparseSource> {
  // llama.cpp's quantiser uses this alignment, whatever the source's is
  const aligned = { ...file, alignment: USUAL_ALIGNMENT, remove: [...file.remove, ALIGNMENT_KEY] };
  const { tensors } = file;
  return {
    input: await writeSparse(aligned, join(folder, 'source.gguf'), backend),
    sources: tensors.map(({ name, sourcePath, ranges }) => ({
      name,
      path: sourcePath,
      ranges: Float64Array.from(ranges.flatMap(({ offset, length }) => [offset, length])),
    })),
    bytes: tensors.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** Writes a file of the planned length that holds the planned header and nothing else. @returns its path */
export async function writeSparse(file: PlannedFile, path: string, backend: Backend): Promise<string> {
  const meta = await buildMeta(file, backend);
  await using handle = await open(path, 'w');
  await handle.write(meta);
  await handle.truncate(fileBytes(file, meta.byteLength));
  return path;
}
