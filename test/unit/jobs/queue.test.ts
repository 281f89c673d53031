import { expect, test } from 'vitest';
import { WinnowError } from '../../../electron/contract/errors.ts';
import { JobQueue } from '../../../electron/engine/app/jobs/queue.ts';
import { openStore, type Store } from '../../../electron/engine/store/database.ts';
import { ESTIMATE } from '../scoring/an-estimate.ts';
import { startScript, temporaryHome } from '../store/support.ts';
import { fakeWorks, type FakeRun } from './fake-works.ts';
import { performJob } from '../../perform-job.ts';

/** A clock that stands until it is moved. */
class Clock {
  nowMs = 1_000_000;
  /** By how much people have set it. */
  setMs = 0;
  readonly read = (): number => this.nowMs + this.setMs;
  readonly elapsed = (): number => this.nowMs;
}

type JobEvent = Parameters<Parameters<JobQueue['subscribe']>[0]>[0];
type Bench = { store: Store; clock: Clock; queue: JobQueue; events: JobEvent[] };

function bench(runs: Parameters<typeof fakeWorks>[0], store: Store = openStore(temporaryHome())): Bench {
  const clock = new Clock();
  const queue = new JobQueue(store, fakeWorks(runs), clock.read, clock.elapsed);
  const events: JobEvent[] = [];
  queue.subscribe((event) => events.push(event));
  return { store, clock, queue, events };
}

/** A handler that waits until the test lets it go on, or until it is aborted. */
function gate(): { handler: FakeRun; entered: Promise<unknown>; open: () => void } {
  const entered = Promise.withResolvers<undefined>();
  const opened = Promise.withResolvers<undefined>();
  return {
    entered: entered.promise,
    open: () => opened.resolve(undefined),
    handler: async (_request, { signal }) => {
      entered.resolve(undefined);
      const aborted = Promise.withResolvers<never>();
      signal.addEventListener('abort', () => aborted.reject(signal.reason as Error));
      await Promise.race([opened.promise, aborted.promise]);
      return 'through';
    },
  };
}

const states = (events: readonly JobEvent[]): string[] =>
  events.flatMap((event) => (event.type === 'state' ? [`${event.job.id} ${event.job.state}`] : []));

test('a job goes from queued over running to done, and is stored as it goes', async () => {
  const { store, clock, queue, events } = bench({
    score: async (request, context) => {
      expect(request).toEqual({ model: 7 });
      context.log('loading');
      clock.nowMs += 2000;
      context.progress(10, 100, 'tokens');
      expect(queue.get(context.jobId)).toMatchObject({ state: 'running', startedMs: 1_000_000 });
      clock.nowMs += 1000;
      context.progress(100, 100, 'tokens');
      return Promise.resolve({ run: 3 });
    },
  });
  const id = queue.enqueue('score', { model: 7 }, 'Tiny');
  expect(queue.get(id)).toEqual({
    id,
    kind: 'score',
    subject: 'Tiny',
    request: { model: 7 },
    state: 'queued',
    progress: { done: 0, total: 0, unit: 'tokens' },
    rows: {},
    summary: null,
    error: null,
    createdMs: 1_000_000,
    startedMs: null,
    finishedMs: null,
    ownerPid: process.pid,
  });
  const job = await performJob(queue, id);
  expect(job).toMatchObject({
    state: 'done',
    progress: { done: 100, total: 100, unit: 'tokens' },
    summary: { run: 3 },
    error: null,
    startedMs: 1_000_000,
    finishedMs: 1_003_000,
  });
  expect(queue.get(id)).toEqual(job);
  expect(states(events)).toEqual([`${id} queued`, `${id} running`, `${id} done`]);
  expect(events.filter(({ type }) => type === 'log')).toEqual([{ type: 'log', id, line: 'loading' }]);
  store.close();
});

test('progress events carry throughput and time left', async () => {
  const { store, clock, queue, events } = bench({
    export: async (_request, { progress }) => {
      progress(0, 4000, 'bytes');
      clock.nowMs += 1000;
      progress(500, 4000, 'bytes');
      return Promise.resolve();
    },
  });
  await performJob(queue, queue.enqueue('export', null, 'Tiny'));
  const progress = events.filter(({ type }) => type === 'progress');
  expect(progress[0]).toMatchObject({ done: 0, total: 4000, unit: 'bytes', perSecond: undefined, etaMs: undefined });
  // 500 bytes in 1 s: 500/s, 3,500 left take 7 s.
  expect(progress[1]).toMatchObject({ done: 500, perSecond: expect.closeTo(500, 8) as number });
  expect(progress[1]).toMatchObject({ etaMs: expect.closeTo(7000, 6) as number });
  store.close();
});

test('until there is a throughput, the time left is the estimated one, but for a rough guess', async () => {
  const left: (number | undefined)[] = [];
  const { store, clock, queue } = bench({
    score: async (_request, { jobId, about, progress }) => {
      const look = () => left.push(queue.live(jobId)?.etaMs);
      look();
      about({ estimate: { ...ESTIMATE, isRough: true } });
      look();
      about({ estimate: ESTIMATE });
      look();
      // resumed: a quarter was done before
      progress(250, 1000, 'tokens');
      look();
      clock.nowMs += 1000;
      progress(750, 1000, 'tokens');
      look();
      expect(queue.live(jobId)?.estimate).toBe(ESTIMATE);
      return Promise.resolve();
    },
  });
  await performJob(queue, queue.enqueue('score', null, 'Tiny'));
  expect(left).toEqual([undefined, undefined, 20_000, 15_000, expect.closeTo(500, 6)]);
  store.close();
});

test.each([
  ['back', -7_200_000],
  ['forwards', 7_200_000],
])('a clock that is set %s two hours in between changes no rate, no time left and no order', async (_, jumpMs) => {
  const { store, clock, queue, events } = bench({
    export: async (_request, { progress }) => {
      progress(0, 4000, 'bytes');
      clock.nowMs += 1000;
      progress(500, 4000, 'bytes');
      clock.setMs = jumpMs;
      clock.nowMs += 1000;
      progress(1000, 4000, 'bytes');
      return Promise.resolve();
    },
  });
  const job = await performJob(queue, queue.enqueue('export', null, 'Tiny'));
  const last = events.filter(({ type }) => type === 'progress').at(-1);
  expect(last).toMatchObject({ perSecond: expect.closeTo(500, 6) as number, etaMs: expect.closeTo(6000, 6) as number });
  expect(job.finishedMs! - job.startedMs!).toBe(Math.max(0, jumpMs + 2000));
  const next = queue.enqueue('export', null, 'Tiny');
  queue.cancel(next);
  const waited = queue.get(next)!;
  expect(waited.finishedMs! - waited.createdMs).toBe(0);
  expect(queue.list(9).map(({ id }) => id)).toEqual([next, job.id]);
  store.close();
});

test('a request from before the clock was set back is no double click', async () => {
  const { handler } = gate();
  const { queue, clock } = bench({ score: handler });
  const first = queue.enqueueOnce('score', null, 'Tiny');
  clock.setMs = -7_200_000;
  clock.nowMs += 60_000;
  expect(queue.enqueueOnce('score', null, 'Tiny')).not.toBe(first);
  await queue.close();
});

test('progress is written every half second, not at every report', async () => {
  const stored: [number, number][] = [];
  const { store, clock, queue } = bench({
    score: async (_request, { jobId, progress }) => {
      for (let done = 1; done <= 12; done++) {
        clock.nowMs += 100;
        progress(done, 12, 'tokens');
        stored.push([done, queue.get(jobId)!.progress.done]);
      }
      return Promise.resolve();
    },
  });
  const job = await performJob(queue, queue.enqueue('score', null, 'Tiny'));
  expect(stored).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((n) => [n, n < 5 ? 0 : n < 10 ? 5 : 10]));
  expect(job.progress.done).toBe(12);
  store.close();
});

test('failures are stored as data, and the next job runs', async () => {
  const { store, queue } = bench({
    score: () => {
      throw new WinnowError('NOT_MOE', 'dense.gguf has no experts.', { sizeBytes: 2n ** 53n + 1n });
    },
    export: () => Promise.reject(new TypeError('x is not a function')),
  });
  const ids = [
    queue.enqueue('score', null, 'Tiny'),
    queue.enqueue('export', null, 'Tiny'),
    queue.enqueue('quantise', null, 'Tiny'),
  ];
  await queue.drain();
  const [score, other, unknown] = ids.map((id) => queue.get(id)!);
  expect(score).toMatchObject({
    state: 'failed',
    summary: null,
    error: { code: 'NOT_MOE', message: 'dense.gguf has no experts.', details: { sizeBytes: '9007199254740993' } },
  });
  expect(other).toMatchObject({ state: 'failed', error: { code: 'INTERNAL', message: 'x is not a function' } });
  expect(unknown).toMatchObject({ state: 'failed', error: { code: 'USAGE' } });
  store.close();
});

test('one job runs at a time, in the order of the queue; jobs that come meanwhile are drained too', async () => {
  let running = 0;
  const seen: unknown[] = [];
  const { store, queue } = bench({
    score: async (request) => {
      running += 1;
      expect(running).toBe(1);
      seen.push(request);
      if (request === 'a') queue.enqueue('score', 'c', 'Tiny');
      await new Promise((resolve) => setTimeout(resolve, 5));
      running -= 1;
    },
  });
  queue.enqueue('score', 'a', 'Tiny');
  const b = queue.enqueue('score', 'b', 'Tiny');
  const [job] = await Promise.all([performJob(queue, b), queue.drain(), queue.drain()]);
  expect(job.state).toBe('done');
  expect(seen).toEqual(['a', 'b', 'c']);
  expect(queue.list(10).map(({ id, state }) => [queue.get(id)?.request, state])).toEqual([
    ['c', 'done'],
    ['b', 'done'],
    ['a', 'done'],
  ]);
  expect(queue.list(2)).toHaveLength(2);
  store.close();
});

test('the same request within a second is one job, unless that job ends', async () => {
  const { handler, entered } = gate();
  const { queue, clock } = bench({ score: handler });
  const ask = (model: number): number => queue.enqueueOnce('score', { model }, 'Tiny');
  const first = ask(1);
  expect(ask(1)).toBe(first);
  expect(ask(2)).not.toBe(first);
  const ran = performJob(queue, first);
  await entered;
  expect(ask(1)).toBe(first);
  queue.cancel(first);
  const again = ask(1);
  expect(again).not.toBe(first);
  await ran;
  clock.nowMs += 1000;
  expect(ask(1)).not.toBe(again);
});

test('a running job is cancelled by its signal, a waiting one never starts', async () => {
  const { handler, entered } = gate();
  const { store, queue, events } = bench({ score: handler });
  const first = queue.enqueue('score', 1, 'Tiny');
  const second = queue.enqueue('score', 2, 'Tiny');
  const runs = Promise.all([performJob(queue, first), performJob(queue, second)]);
  await entered;
  queue.cancel(second);
  queue.cancel(first);
  queue.cancel(first);
  expect((await runs).map(({ state, error, summary }) => [state, error, summary])).toEqual([
    ['cancelled', null, null],
    ['cancelled', null, null],
  ]);
  queue.cancel(first);
  expect(queue.get(first)?.state).toBe('cancelled');
  expect(states(events)).toEqual([
    `${first} queued`,
    `${second} queued`,
    `${first} running`,
    `${second} cancelled`,
    `${first} cancelled`,
  ]);
  expect(() => queue.cancel(99)).toThrow(/no job 99/);
  store.close();
});

test('what an aborted handler throws does not matter, what it finishes does', async () => {
  const { store, queue } = bench({
    score: async (_request, { jobId, signal }) => {
      queue.cancel(jobId);
      expect(signal.reason).toMatchObject({ code: 'CANCELLED' });
      return Promise.reject(new WinnowError('BACKEND_CRASHED', 'killed'));
    },
    export: async (_request, { jobId }) => {
      queue.cancel(jobId);
      return Promise.resolve('written');
    },
    respond: () => Promise.reject(new WinnowError('CANCELLED', 'by the handler')),
  });
  expect(await performJob(queue, queue.enqueue('score', null, 'Tiny'))).toMatchObject({
    state: 'cancelled',
    error: null,
  });
  expect(await performJob(queue, queue.enqueue('export', null, 'Tiny'))).toMatchObject({
    state: 'done',
    summary: 'written',
  });
  expect(await performJob(queue, queue.enqueue('respond', null, 'Tiny'))).toMatchObject({
    state: 'cancelled',
    error: null,
  });
  store.close();
});

test('only queued jobs run, only ended ones without a result are queued again', async () => {
  let fails = true;
  const { store, queue } = bench({
    score: async (_request, { progress, log }) => {
      progress(1, 2, 'bytes');
      log('line');
      if (fails) throw new WinnowError('OUT_OF_MEMORY', 'too big');
      return Promise.resolve('ok');
    },
  });
  const id = queue.enqueue('score', { n: 1 }, 'Tiny');
  expect(() => queue.requeue(id)).toThrow(/waits for process/);
  expect((await performJob(queue, id)).state).toBe('failed');
  expect(() => queue.requeue(99)).toThrow(/no such job/);
  queue.requeue(id);
  expect(queue.get(id)).toMatchObject({ state: 'queued', error: null, progress: { done: 0, total: 0 } });
  fails = false;
  expect(await performJob(queue, id)).toMatchObject({ state: 'done', summary: 'ok', request: { n: 1 } });
  expect(() => queue.requeue(id)).toThrow(/it is done/);
  store.close();
});

test('what a job makes is known at once, after its failure, and to its next attempt', async () => {
  const seen: unknown[] = [];
  const { store, queue, events } = bench({
    score: (_request, { jobId, about, rows }) => {
      seen.push(rows);
      about({ step: { key: 'loading', done: 0, total: 0 } });
      about({ runId: 7 });
      about({ step: { key: 'scoring', done: 1, total: 2 }, evaluationIds: [1, 2] });
      expect(queue.live(jobId)).toMatchObject({ step: { key: 'scoring', done: 1, total: 2 }, rows: { runId: 7 } });
      expect(queue.get(jobId)?.rows).toEqual({ runId: 7, evaluationIds: [1, 2] });
      throw new WinnowError('OUT_OF_MEMORY', 'too big');
    },
  });
  const id = queue.enqueue('score', null, 'Tiny');
  expect((await performJob(queue, id)).rows).toEqual({ runId: 7, evaluationIds: [1, 2] });
  expect(queue.live(id)).toBeUndefined();
  expect(events.filter(({ type }) => type === 'about')).toEqual([1, 2, 3].map(() => ({ type: 'about', id })));
  queue.requeue(id);
  await performJob(queue, id);
  expect(seen).toEqual([{}, { runId: 7, evaluationIds: [1, 2] }]);
  store.close();
});

test('closing interrupts the running job and keeps the queue', async () => {
  const { handler, entered } = gate();
  const { store, queue } = bench({ score: handler });
  const first = queue.enqueue('score', 1, 'Tiny');
  const second = queue.enqueue('score', 2, 'Tiny');
  const drained = queue.drain();
  await entered;
  await queue.close();
  await drained;
  expect(queue.get(first)?.state).toBe('interrupted');
  expect(queue.get(second)?.state).toBe('queued');

  const open = gate();
  const later = bench({ score: open.handler }, store);
  open.open();
  later.queue.requeue(first);
  await later.queue.drain();
  expect(later.queue.list(10).map(({ state }) => state)).toEqual(['done', 'done']);
  store.close();
});

test('a process that was taken for dead leaves the job to the one that runs it now', async () => {
  const { store, queue } = bench({
    score: async (_request, { jobId, about, progress }) => {
      store.run(`UPDATE jobs SET owner_pid = 1, owner_start = 'later', made = '{"runId":8}' WHERE id = ?`, jobId);
      about({ runId: 7 });
      progress(1, 2, 'tokens');
      return Promise.resolve('late');
    },
  });
  const id = queue.enqueue('score', null, 'Tiny');
  const other = { state: 'running', ownerPid: 1, rows: { runId: 8 }, progress: { done: 0 }, summary: null };
  expect(await performJob(queue, id)).toMatchObject(other);
  expect(queue.get(id)).toMatchObject(other);
  store.close();
});

test('a subscription ends', () => {
  const { store, queue } = bench({});
  const heard: JobEvent[] = [];
  const end = queue.subscribe((event) => heard.push(event));
  queue.enqueue('score', 1, 'Tiny');
  end();
  queue.enqueue('score', 2, 'Tiny');
  expect(heard).toHaveLength(1);
  store.close();
});

test('a living process keeps its jobs; a killed one leaves an interrupted job and its queue', async () => {
  const home = temporaryHome();
  const script = startScript(new URL('scripts/run-job.ts', import.meta.url), home);
  const running = Number(await script.line());
  const store = openStore(home);
  const ran: unknown[] = [];
  const runs = {
    score: (request: unknown) => {
      ran.push(request);
      return Promise.resolve();
    },
  };
  const { queue } = bench(runs, store);
  expect(queue.get(running)?.state).toBe('running');
  await queue.drain();
  expect(ran).toEqual([]);
  expect(queue.get(running + 1)?.state).toBe('queued');
  expect(() => queue.cancel(running)).toThrow(`process ${script.process.pid ?? ''}). Cancel it there`);

  await script.kill();
  const { queue: heir } = bench(runs, store);
  expect(heir.get(running)).toMatchObject({
    state: 'interrupted',
    progress: { done: 50, total: 100, unit: 'tokens' },
  });
  // a command runs what it asked for itself, and nothing else
  await heir.drain({ own: true });
  expect(ran).toEqual([]);
  await heir.drain();
  expect(ran).toEqual([{ model: 2 }]);
  store.close();
});

test('an end that cannot be written is told all the same, and written as soon as it can be', async () => {
  const { store, queue, events } = bench({
    score: (_request, { about }) => {
      about({ runId: 5 });
      store.run('PRAGMA query_only = ON');
      return Promise.reject(new WinnowError('NO_SPACE', 'The disk is full.'));
    },
  });
  const id = queue.enqueue('score', null, 'Tiny');
  const waiting = queue.enqueue('score', null, 'Tiny');
  const ended = { state: 'failed', error: { code: 'NO_SPACE' }, rows: { runId: 5 } };
  expect(await performJob(queue, id)).toMatchObject(ended);
  expect(states(events).at(-1)).toBe(`${id} failed`);
  expect(queue.get(id)).toMatchObject(ended);
  expect(queue.list(2)).toMatchObject([
    { id: waiting, state: 'queued' },
    { id, state: 'failed' },
  ]);
  expect(queue.live(id)).toBeUndefined();
  expect(() => queue.requeue(id)).toThrow(/cannot be opened for writing/);

  store.run('PRAGMA query_only = OFF');
  expect(new JobQueue(store, {}).get(id)?.state).toBe('running');
  expect(queue.list(1)).toHaveLength(1);
  expect(new JobQueue(store, {}).get(id)).toMatchObject(ended);
  queue.requeue(id);
  expect(queue.get(id)).toMatchObject({ state: 'queued', error: null });
});

test('what is queued in the background comes last, also after what is queued later', async () => {
  const order: unknown[] = [];
  const first = gate();
  const { queue } = bench({
    score: async (request, context) => {
      order.push(request);
      return order.length === 1 ? first.handler(request, context) : 'done';
    },
  });
  queue.enqueue('score', { model: 1 }, 'first');
  const background = queue.enqueue('score', { model: 2 }, 'by itself', true);
  queue.enqueue('score', { model: 3 }, 'asked for');
  const drained = queue.drain();
  await first.entered;
  queue.enqueue('score', { model: 4 }, 'asked for meanwhile');
  first.open();
  await drained;
  expect(order).toEqual([{ model: 1 }, { model: 3 }, { model: 4 }, { model: 2 }]);
  // it is a job as any other
  expect(queue.get(background)?.state).toBe('done');
});
