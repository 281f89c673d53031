import { describe, expect, it } from 'vitest';
import type { JobView } from '../../../electron/contract/api/jobs.ts';
import { JOBS_LIMIT, withJob } from '../../../renderer/state/kept-jobs.ts';

function job(id: number, state: JobView['state']): JobView {
  return {
    id,
    kind: 'score',
    subject: 'model, python',
    state,
    elsewhere: false,
    done: 0,
    total: 0,
    unit: 'tokens',
    perSecond: null,
    etaMs: null,
    step: null,
    runId: null,
    exportId: null,
    selectionId: null,
    error: null,
    createdMs: id,
    startedMs: null,
    finishedMs: null,
  };
}

describe('the list of jobs', () => {
  it('changes a job that it knows in its place', () => {
    const jobs = withJob([job(2, 'queued'), job(1, 'running')], job(1, 'done'));
    expect(jobs.map(({ id, state }) => [id, state])).toEqual([
      [2, 'queued'],
      [1, 'done'],
    ]);
  });

  it('puts a new job first, and forgets the oldest', () => {
    const full = Array.from({ length: JOBS_LIMIT }, (_, index) => job(JOBS_LIMIT - index, 'done'));
    const jobs = withJob(full, job(JOBS_LIMIT + 1, 'queued'));
    expect(jobs).toHaveLength(JOBS_LIMIT);
    expect(jobs[0]?.id).toBe(JOBS_LIMIT + 1);
    expect(jobs.at(-1)?.id).toBe(2);
  });
});
