// The pace of earlier jobs, derived from when they stored their results.
import type { JobKind, JobView } from '../../../../electron/contract/api/jobs.ts';

type Pace<Row> = {
  readonly kind: JobKind;
  /** Ids of the rows that a job made or found already made. */
  readonly idsOf: (job: JobView) => readonly number[];
  readonly tokensOf: (row: Row) => number;
};

/**
 * Returns the pace of the newest job that made at least two rows one after the other.
 * @param jobs newest first
 * @param rows of one model
 * @returns seconds per token; null: there is no such job
 */
export function secondsPerToken<Row extends { readonly id: number; readonly createdMs: number }>(
  jobs: readonly JobView[],
  rows: readonly Row[],
  { kind, idsOf, tokensOf }: Pace<Row>,
): number | null {
  for (const job of jobs) {
    const { startedMs } = job;
    if (job.kind !== kind || startedMs === null) continue;
    const [first, ...later] = rows
      .filter(({ id, createdMs }) => createdMs >= startedMs && idsOf(job).includes(id))
      .toSorted((a, b) => a.createdMs - b.createdMs);
    const last = later.at(-1);
    // the time of the first row is not known: the model was loaded before it
    if (first === undefined || last === undefined) continue;
    return (last.createdMs - first.createdMs) / 1000 / later.reduce((sum, row) => sum + tokensOf(row), 0);
  }
  return null;
}
