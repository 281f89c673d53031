// By which importance matrix and with which routers a file is written.
import type { Calibration } from '../../electron/contract/api/calibrations.ts';
import type { ExportOptions } from '../../electron/contract/api/exports.ts';
import type { Run } from '../../electron/contract/api/runs.ts';
import type { Selection } from '../../electron/contract/api/selections.ts';
import type { Grant } from '../../electron/contract/bridge.ts';

export type ChosenOptions = {
  /** But for the importance matrix and the routers. */
  readonly options: ExportOptions;
  /** A file; or that of the selection's own run, where it is quantised; null: none. */
  readonly imatrix: Grant | 'run' | null;
  /** With routers that are fitted to the kept experts. */
  readonly calibrate: boolean;
};

/** The run that a selection was chosen from, where it has collected an importance matrix; of several runs none is the selection's. */
export function matrixRunOf<R extends Pick<Run, 'id' | 'importance' | 'state'>>(
  { request }: Pick<Selection, 'request'>,
  runs: readonly R[],
): R | null {
  const [id, ...others] = request?.runIds ?? [];
  const run = others.length > 0 ? undefined : runs.find((one) => one.id === id);
  return run?.importance && run.state === 'done' ? run : null;
}

/**
 * What is asked for, with its importance matrix, that of the run only where something is quantised by it, and with calibrated routers,
 * only those that are clearly better.
 * @param found of the selection's experts
 */
export function optionsWith(
  { options, imatrix, calibrate }: ChosenOptions,
  matrixRun: Pick<Run, 'id'> | null,
  found: Pick<Calibration, 'id' | 'isUsable'> | null | undefined,
): ExportOptions {
  const routers = { ...options, calibrationId: calibrate && found?.isUsable ? found.id : null };
  if (imatrix !== 'run') return { ...routers, imatrix: imatrix?.id ?? null };
  return { ...routers, imatrixRun: options.quantise === null ? null : (matrixRun?.id ?? null) };
}
