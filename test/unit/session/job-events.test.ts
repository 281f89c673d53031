import { expect, test } from 'vitest';
import type { EventName, EventPayload } from '../../../electron/contract/api.ts';
import type { JobView } from '../../../electron/contract/api/jobs.ts';
import { WinnowError } from '../../../electron/contract/errors.ts';
import { forkWorker } from '../../../electron/engine/base/backend/worker-host.ts';
import { EngineContext } from '../../../electron/engine/store/engine-context.ts';
import { JobQueue } from '../../../electron/engine/app/jobs/queue.ts';
import { reportJobs } from '../../../electron/engine/app/session/job-events.ts';
import { saveDemoScores } from '../../../electron/engine/store/demo-scores.ts';
import { rememberModel } from '../../../electron/engine/store/models.ts';
import { createScoreRun, finishScoreRun } from '../../../electron/engine/store/score-runs.ts';
import { fakeWorks } from '../jobs/fake-works.ts';
import { temporaryHome } from '../store/support.ts';
import { DEMOS, MODEL, SETTINGS, scoreOf } from '../store/tiny-run.ts';
import { performJob } from '../../perform-job.ts';

type Sent = { readonly name: EventName; readonly payload: unknown; readonly atMs: number };

function bench(runs: Parameters<typeof fakeWorks>[0]) {
  const context = new EngineContext({ home: temporaryHome(), host: forkWorker });
  const sent: Sent[] = [];
  const emit = <E extends EventName>(name: E, payload: EventPayload<E>): void =>
    void sent.push({ name, payload, atMs: performance.now() });
  const queue = new JobQueue(context.store, fakeWorks(runs));
  const lines: [level: string, source: string, text: string][] = [];
  const log = { add: (...line: (typeof lines)[number]) => void lines.push(line) };
  const stop = reportJobs({ context, queue, log, emit });
  const views = (): JobView[] => sent.filter(({ name }) => name === 'job').map(({ payload }) => payload as JobView);
  const close = (): void => {
    stop();
    context.close();
  };
  return { context, queue, lines, sent, views, close };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('progress is sent ten times a second at most, with the newest state; ends are sent at once', async () => {
  const { queue, sent, views, close } = bench({
    export: async (_request, { progress, about }) => {
      about({ step: { key: 'writing', done: 1, total: 3 }, exportId: 5 });
      for (let done = 1; done <= 100; done++) {
        progress(done, 100, 'bytes');
        await pause(4);
      }
    },
  });
  const id = queue.enqueue('export', null, 'Sample · 15 of 30');
  await performJob(queue, id);
  const between = views().filter(({ state, done }) => state === 'running' && done > 0);
  expect(between.length).toBeGreaterThan(1);
  const times = sent.filter(({ name }) => name === 'job').map(({ atMs }) => atMs);
  // the first is of the state; the last, of the end, comes at once. A busy machine delays single ones.
  const ofProgress = times.slice(1, -1);
  expect(ofProgress.length).toBeGreaterThan(2);
  expect((ofProgress.at(-1)! - ofProgress[0]!) / (ofProgress.length - 1)).toBeGreaterThan(95);
  expect(between[0]).toMatchObject({
    subject: 'Sample · 15 of 30',
    total: 100,
    unit: 'bytes',
    step: { key: 'writing', done: 1, total: 3 },
    exportId: 5,
    runId: null,
    elsewhere: false,
  });
  expect(between.at(-1)?.perSecond).toBeGreaterThan(0);
  expect(views().at(-1)).toMatchObject({ state: 'done', done: 100, step: null, perSecond: null, exportId: 5 });
  const ended = views().length;
  await pause(150);
  expect(views()).toHaveLength(ended);
  close();
});

test('each checkpoint of a run is sent, and its end, once', async () => {
  const { context, queue, sent, views, close } = bench({
    score: async (_request, { about }) => {
      const { store } = context;
      const modelId = rememberModel(store, MODEL).id;
      const run = createScoreRun(store, { modelId, domain: 'math', settings: SETTINGS, demos: DEMOS.slice(0, 3) });
      about({ runId: run.id });
      for (const position of [0, 1, 2]) {
        saveDemoScores(store, run.id, [scoreOf(position)]);
        about({ step: { key: 'scoring', done: position + 1, total: 3 } });
        about({ step: { key: 'scoring', done: position + 1, total: 3 } });
      }
      finishScoreRun(store, run.id, 'done', 1);
      return Promise.resolve();
    },
  });
  await performJob(queue, queue.enqueue('score', null, 'Tiny · math'));
  expect(sent.filter(({ name }) => name === 'run').map(({ payload }) => payload)).toEqual([
    { runId: 1, scoredDemos: 0, state: 'running' },
    { runId: 1, scoredDemos: 1, state: 'running' },
    { runId: 1, scoredDemos: 2, state: 'running' },
    { runId: 1, scoredDemos: 3, state: 'running' },
    { runId: 1, scoredDemos: 3, state: 'done' },
  ]);
  expect(views().at(-1)).toMatchObject({ state: 'done', runId: 1 });
  close();
});

test('what runs need is asked again when a job has ended, not while it goes on', async () => {
  const { queue, sent, close } = bench({
    score: (_request, { about }) => {
      about({ step: { key: 'scoring', done: 1, total: 3 } });
      expect(sent.filter(({ name }) => name === 'estimates')).toEqual([]);
      return Promise.resolve();
    },
  });
  await performJob(queue, queue.enqueue('score', null, 'Tiny · math'));
  expect(sent.filter(({ name }) => name === 'estimates')).toHaveLength(1);
  close();
});

test('the log of the engine has when jobs ran, what they log, and why they failed', async () => {
  const { queue, lines, views, close } = bench({
    evaluate: (_request, context) => {
      context.log('the text is short');
      throw new WinnowError('OUT_OF_MEMORY', 'too big');
    },
  });
  const id = queue.enqueue('evaluate', null, 'Tiny');
  await performJob(queue, id);
  expect(lines).toEqual([
    ['info', `job ${id}`, 'running: evaluate, Tiny'],
    ['info', `job ${id}`, 'the text is short'],
    ['error', `job ${id}`, 'failed: too big'],
  ]);
  expect(views().at(-1)).toMatchObject({ state: 'failed', error: { code: 'OUT_OF_MEMORY', message: 'too big' } });
  close();
});
