// What an export that was started means for the choices that are made next.
import type { Trail } from '../../../electron/contract/api/app.ts';
import type { JobView } from '../../../electron/contract/api/jobs.ts';
import type { Grant } from '../../../electron/contract/bridge.ts';

export type StartedExport = { readonly jobId: number; readonly planId: number };

export type ExportTarget = {
  readonly target: Grant | null;
  /** Was written from here last, into the target. */
  readonly started: StartedExport | null;
};

/** What of it holds for the plan: a target that another plan was written to is taken. */
export function targetFor({ target, started }: ExportTarget, planId: number): ExportTarget {
  return started === null || started.planId === planId ? { target, started } : { target: null, started: null };
}

/** @returns the file to choose now that the job has news; null: it is not there yet, or another plan is chosen by then */
export function fileToChoose(
  { planId }: StartedExport,
  { state, exportId }: Pick<JobView, 'state' | 'exportId'>,
  trail: Pick<Trail, 'planId'>,
): number | null {
  return state === 'done' && trail.planId === planId ? exportId : null;
}
