// The importance matrix that a file is written with, and how it is repaired.
import type { ExportOptions } from '../../electron/contract/api/exports.ts';
import type { Run } from '../../electron/contract/api/runs.ts';
import type { Selection } from '../../electron/contract/api/selections.ts';
import type { Grant } from '../../electron/contract/bridge.ts';
import { REPAIR_DEMOS } from '../../electron/contract/repair.ts';

/** A repair with the demos that chose the experts. */
export const REPAIR_AS_CHOSEN: NonNullable<ExportOptions['repair']> = { demos: null, limit: REPAIR_DEMOS };

export type ChosenOptions = {
  /** All options but the importance matrix. */
  readonly options: ExportOptions;
  /** A file; or the matrix of the selection's own run, if the file is quantised; null: none. */
  readonly imatrix: Grant | 'run' | null;
};

/** Returns the run that a selection was chosen from, if it has collected an importance matrix; with several runs, there is none. */
export function findMatrixRun<R extends Pick<Run, 'id' | 'importance' | 'state'>>(
  { request }: Pick<Selection, 'request'>,
  runs: readonly R[],
): R | null {
  const [id, ...others] = request?.runIds ?? [];
  const run = others.length > 0 ? undefined : runs.find((one) => one.id === id);
  return run?.importance && run.state === 'done' ? run : null;
}

/** Returns the options of the request with the importance matrix; the run's matrix only if it is used to quantise. */
export function optionsWith({ options, imatrix }: ChosenOptions, matrixRun: Pick<Run, 'id'> | null): ExportOptions {
  if (imatrix !== 'run') return { ...options, imatrix: imatrix?.id ?? null };
  return { ...options, imatrixRun: options.quantise === null ? null : (matrixRun?.id ?? null) };
}
