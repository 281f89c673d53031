// Writes the fitted tensors as a file that pruning takes.
import { join, resolve } from 'node:path';
import type { CalibrationFacts } from '../../../contract/calibration.ts';
import type { Backend } from '../../base/backend/backend.ts';
import type { InspectedModel } from '../../models/inspect.ts';
import type { Selection } from '../../experts/selection/selection.ts';
import { calibrationKeys } from '../pruning/calibration-file.ts';
import { slice } from '../pruning/plan.ts';
import type { PlannedFile, PlannedTensor } from '../pruning/planned-file.ts';
import { writeGgufFiles, type WrittenFile } from '../pruning/write-gguf.ts';
import { routerTensors, type Fitted } from '../repairing/fit-parts.ts';
import { fittedTensors } from '../repairing/repair-file.ts';
import { USUAL_ALIGNMENT } from '../../models/gguf-keys.ts';

type CalibrationTarget = {
  readonly output: string;
  readonly overwrite: boolean;
  /** Folder for intermediate files. */
  readonly folder: string;
};

/** Writes the calibration file. @throws WinnowError as `writeGgufFiles` */
export async function writeCalibration(
  { routers, downs }: Fitted,
  model: InspectedModel,
  choice: Selection,
  facts: CalibrationFacts,
  { output, overwrite, folder }: CalibrationTarget,
  backend: Backend,
  signal: AbortSignal,
): Promise<WrittenFile> {
  const { info } = model;
  const keptOf = (block: number): readonly number[] => choice.kept[info.moeLayers.indexOf(block)]!;
  const ofKept = downs.map(({ block, path }): PlannedTensor => {
    const [whole] = fittedTensors([{ block, path }], model).values() as Iterable<PlannedTensor>;
    const of = { ne: whole!.ne, fileOffset: 0 };
    return { ...whole!, ...slice(of, keptOf(block), whole!.bytes / info.nExpert) };
  });
  const tensors = [
    ...(await routerTensors(routers, (block) => keptOf(block).length, join(folder, 'tensors'))),
    ...ofKept,
  ];
  const file: PlannedFile = {
    path: resolve(output),
    keysFrom: null,
    remove: [],
    alignment: USUAL_ALIGNMENT,
    tensors,
    set: await calibrationKeys(info, choice, facts, tensors),
  };
  const [written] = await writeGgufFiles([file], { backend, overwrite, signal });
  return written!;
}
