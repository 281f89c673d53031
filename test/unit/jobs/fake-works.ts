// Work of tests in place of the kinds' own: any JSON is a request.
import { z } from 'zod';
import type { JobKind } from '../../../electron/contract/api/jobs.ts';
import type { JobContext, JobWorks } from '../../../electron/engine/app/jobs/queue.ts';

export type FakeRun = (request: unknown, job: JobContext) => Promise<unknown>;

export function fakeWorks(runs: Readonly<Partial<Record<JobKind, FakeRun>>>): JobWorks {
  return Object.fromEntries(Object.entries(runs).map(([kind, run]) => [kind, { schema: z.unknown(), run }]));
}
