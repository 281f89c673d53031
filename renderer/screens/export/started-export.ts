// What an export that was started means for the choices that are made next.
import type { Trail } from '../../../electron/contract/api/app.ts';
import type { JobView } from '../../../electron/contract/api/jobs.ts';
import type { Grant } from '../../../electron/contract/bridge.ts';

export type StartedExport = { readonly jobId: number; readonly selectionId: number };

export type ExportTarget = {
  readonly target: Grant | null;
  /** Was written from here last, into the target. */
  readonly started: StartedExport | null;
};

/** What of it holds for the selection: a target that another selection was written to is taken. */
export function targetFor({ target, started }: ExportTarget, selectionId: number): ExportTarget {
  return started === null || started.selectionId === selectionId
    ? { target, started }
    : { target: null, started: null };
}

/** @returns the file to choose now that the job has news; null: it is not there yet, or another selection is chosen by then */
export function fileToChoose(
  { selectionId }: StartedExport,
  { state, exportId }: Pick<JobView, 'state' | 'exportId'>,
  trail: Pick<Trail, 'selectionId'>,
): number | null {
  return state === 'done' && trail.selectionId === selectionId ? exportId : null;
}
