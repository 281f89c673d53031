// Work that stopped before its end and was not done since.
import type { JobView } from '../../../electron/contract/api/jobs.ts';

/** Work that is worth going on with: what it has done so far is kept. */
const GOES_ON: readonly JobView['kind'][] = ['fit', 'score', 'export', 'respond', 'get'];
/** Older work is in the list of jobs. */
const MOST = 3;

/** @param jobs the newest first */
export function interruptedWork<Job extends Pick<JobView, 'kind' | 'subject' | 'state'>>(jobs: readonly Job[]): Job[] {
  const newest = jobs.filter(
    ({ kind, subject }, index) => jobs.findIndex((one) => one.kind === kind && one.subject === subject) === index,
  );
  const stopped = newest.filter(({ state }) => state === 'interrupted' || state === 'cancelled');
  return stopped.filter(({ kind }) => GOES_ON.includes(kind)).slice(0, MOST);
}
