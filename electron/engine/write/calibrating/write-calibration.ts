// Writes calibrated routers as the file that pruning takes.
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { CalibrationFacts } from '../../../contract/calibration.ts';
import type { FittedRouter } from '../../../../native/index.ts';
import type { Backend } from '../../base/backend/backend.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import type { Selection } from '../../experts/selection/selection.ts';
import { calibrationKeys, EXPERT_SCALE, ROUTER } from '../pruning/calibration-file.ts';
import type { PlannedFile, PlannedTensor } from '../pruning/planned-file.ts';
import { writeGgufFiles, type WrittenFile } from '../pruning/write-gguf.ts';

/** Alignment of tensors in a GGUF file. */
const ALIGNMENT = 32;

type CalibrationTarget = {
  readonly output: string;
  readonly overwrite: boolean;
  /** For what is made on the way. */
  readonly folder: string;
};

/** @throws WinnowError as `writeGgufFiles` */
export async function writeCalibration(
  routers: readonly FittedRouter[],
  info: ModelInfo,
  choice: Selection,
  facts: CalibrationFacts,
  { output, overwrite, folder }: CalibrationTarget,
  backend: Backend,
  signal: AbortSignal,
): Promise<WrittenFile> {
  const sourcePath = join(folder, 'tensors');
  const fitted = routers.flatMap(({ block, rows, scales }) => {
    const keep = choice.kept[info.moeLayers.indexOf(block)]!.length;
    return [
      { name: `blk.${block}.${ROUTER}`, ne: [rows.length / keep, keep], values: rows },
      ...(scales ? [{ name: `blk.${block}.${EXPERT_SCALE}`, ne: [keep], values: scales }] : []),
    ];
  });
  let offset = 0;
  const tensors = fitted.map(({ name, ne, values }): PlannedTensor => {
    const range = { offset, length: values.byteLength };
    offset += values.byteLength;
    return { name, type: 'f32', ne, bytes: values.byteLength, sourcePath, ranges: [range] };
  });
  await writeFile(
    sourcePath,
    fitted.map(({ values }) => Buffer.from(values.buffer, values.byteOffset, values.byteLength)),
  );
  const file: PlannedFile = {
    ...{ path: resolve(output), keysFrom: null, remove: [], alignment: ALIGNMENT, tensors },
    set: calibrationKeys(info, choice, facts, fitted),
  };
  const [written] = await writeGgufFiles([file], { backend, overwrite, signal });
  return written!;
}
