// Writes the down matrices of a preview to files that the server maps instead of the model's own. They cover all experts; those that no token
// reaches are holes.
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelFacts } from '../../contract/model-info.ts';
import type { KeptExperts } from '../../contract/kept-experts.ts';
import { writeError } from '../base/files/user-files.ts';
import { writeFully } from '../base/files/write-fully.ts';
import type { FittedMatrices } from '../write/pruning/calibration-file.ts';

/**
 * Writes one file per block.
 * @param kept kept experts of each MoE layer
 * @throws WinnowError NO_SPACE or TARGET_UNWRITABLE, with the file
 */
export async function writeMatrixFiles(
  matrices: readonly FittedMatrices[],
  kept: KeptExperts,
  { moeLayers, nExpert }: Pick<ModelFacts, 'moeLayers' | 'nExpert'>,
  folder: string,
): Promise<{ block: number; path: string }[]> {
  const files: { block: number; path: string }[] = [];
  for (const { block, path: from, offset, bytes } of matrices) {
    const experts = kept[moeLayers.indexOf(block)] ?? [];
    const size = bytes / experts.length;
    const path = join(folder, `down-${block}`);
    await using file = await open(path, 'wx');
    await file.truncate(size * nExpert);
    for (const [place, expert] of experts.entries()) {
      const start = offset + place * size;
      let at = expert * size;
      for await (const chunk of createReadStream(from, { start, end: start + size - 1 })) {
        const piece = chunk as Buffer;
        await writeFully(file, piece, at).catch((error: unknown) => {
          throw writeError(path, error);
        });
        at += piece.length;
      }
    }
    files.push({ block, path });
  }
  return files;
}
