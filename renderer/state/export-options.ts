// By which importance matrix a file is written, and how it is repaired.
import type { ExportOptions } from '../../electron/contract/api/exports.ts';
import type { Run } from '../../electron/contract/api/runs.ts';
import type { Selection } from '../../electron/contract/api/selections.ts';
import type { Grant } from '../../electron/contract/bridge.ts';
import { REPAIR_DEMOS } from '../../electron/contract/repair.ts';

/** With the demos that chose the experts. */
export const REPAIR_AS_CHOSEN: NonNullable<ExportOptions['repair']> = { demos: null, limit: REPAIR_DEMOS };

export type ChosenOptions = {
  /** But for the importance matrix. */
  readonly options: ExportOptions;
  /** A file; or that of the selection's own run, where it is quantised; null: none. */
  readonly imatrix: Grant | 'run' | null;
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

/** What is asked for, with its importance matrix, that of the run only where something is quantised by it. */
export function optionsWith({ options, imatrix }: ChosenOptions, matrixRun: Pick<Run, 'id'> | null): ExportOptions {
  if (imatrix !== 'run') return { ...options, imatrix: imatrix?.id ?? null };
  return { ...options, imatrixRun: options.quantise === null ? null : (matrixRun?.id ?? null) };
}
