// Decides when the run of a started scoring is chosen.
import type { Trail } from '../../../electron/contract/api/app.ts';
import type { JobView } from '../../../electron/contract/api/jobs.ts';

export type StartedScoring = { readonly jobId: number; readonly modelId: string; readonly domainId: number };

export function isOfTrail({ modelId, domainId }: StartedScoring, trail: Trail): boolean {
  return trail.modelId === modelId && trail.domainId === domainId;
}

/**
 * @returns a function that, at each update of the job, returns the run to choose, once per round; null: there is none
 *   yet, or something else is chosen
 */
export function runChooser(started: StartedScoring): (job: Pick<JobView, 'runId'>, trail: Trail) => number | null {
  let last: number | null = null;
  return ({ runId }, trail) => {
    if (runId === null || runId === last || !isOfTrail(started, trail)) return null;
    const isLeft = last !== null && trail.runIds.join() !== String(last);
    last = runId;
    return isLeft ? null : runId;
  };
}
