import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { WinnowError } from '../../../electron/contract/errors.ts';
import type { ScoreRequest } from '../../../electron/contract/requests.ts';
import { startJob } from '../../../electron/engine/app/session/start-job.ts';
import { startScript, temporaryHome } from '../store/support.ts';
import { failure } from '../selection/matrices.ts';
import { openTestEngine } from './test-engine.ts';

/** A request that fails at its first step. */
const REQUEST: ScoreRequest = {
  model: join(import.meta.dirname, 'there is no such model.gguf'),
  demos: { kind: 'domain', domainId: 1 },
  maxTokens: 0,
  nUbatch: 512,
  placement: { gpu: 'off', gpuLayers: 0, cpuExpertLayers: 0, rpc: [], threads: 1 },
  fresh: false,
};

test('jobs run by themselves one after the other, and failed ones again when asked', async () => {
  const page = openTestEngine();
  const { services, client } = page;
  const { jobId: first } = startJob(services, 'score', REQUEST, 'Missing · math');
  const { jobId: second } = startJob(services, 'score', REQUEST, 'Missing · code');
  await page.until('job', ({ id, state }) => id === second && state === 'failed');
  const jobs = await client.call('jobs.list', { limit: 10 });
  expect(jobs.map(({ id, state, subject }) => [id, state, subject])).toEqual([
    [second, 'failed', 'Missing · code'],
    [first, 'failed', 'Missing · math'],
  ]);
  expect(jobs[0]?.error).toMatchObject({ code: 'FILE_NOT_FOUND' });
  expect(jobs[0]?.error?.message).toContain(REQUEST.model);
  expect(await client.call('jobs.list', { limit: 1 })).toEqual(jobs.slice(0, 1));

  const requeue = (): Promise<unknown> => client.call('jobs.requeue', { jobId: first });
  // as by a double click
  await Promise.all([requeue(), requeue()]);
  const failures = (): number =>
    page.events('job').filter(({ id, state }) => id === first && state === 'failed').length;
  await page.until('job', () => failures() === 2);
  await client.call('jobs.cancel', { jobId: first });
  expect((await client.call('jobs.list', { limit: 2 }))[1]?.state).toBe('failed');
  await expect(client.call('jobs.cancel', { jobId: 99 })).rejects.toThrow(failure('USAGE', 'no job 99'));
  await expect(client.call('jobs.requeue', { jobId: 99 })).rejects.toThrow(failure('USAGE', 'no such job'));
});

test('the jobs of another Winnow are shown and left alone; those of a killed one are interrupted', async () => {
  const home = temporaryHome();
  const script = startScript(new URL('../jobs/scripts/run-job.ts', import.meta.url), home);
  const jobId = Number(await script.line());
  const page = openTestEngine(home);
  const { client } = page;
  const [waiting, running] = await client.call('jobs.list', { limit: 10 });
  expect(running).toMatchObject({
    id: jobId,
    subject: 'first',
    state: 'running',
    elsewhere: true,
    done: 50,
    total: 100,
  });
  expect(running).toMatchObject({ perSecond: null, etaMs: null, step: null });
  expect(waiting).toMatchObject({ subject: 'second', state: 'queued' });
  await expect(client.call('jobs.cancel', { jobId })).rejects.toThrow(
    failure('USAGE', 'another Winnow', 'Cancel it there'),
  );

  await script.kill();
  const after = await client.call('jobs.list', { limit: 10 });
  expect(after[1]).toMatchObject({ id: jobId, state: 'interrupted', elsewhere: false });
  // its parameters are no request, so it fails at once: it ran here
  await client.call('jobs.requeue', { jobId });
  await page.until('job', ({ id, state }) => id === jobId && state === 'failed');
});

test('why the queue cannot go on is told to whoever waits for a job', async () => {
  const page = openTestEngine();
  const gone = new WinnowError('STORE', 'The database is gone.');
  vi.spyOn(page.services.queue, 'drain').mockRejectedValue(gone);
  startJob(page.services, 'score', REQUEST, 'Missing · math');
  expect(await page.until('queueStopped', () => true)).toMatchObject({
    code: 'STORE',
    message: 'The database is gone.',
  });
});
