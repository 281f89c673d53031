// What the page hears of demos that a model answers.
import { expect, test } from 'vitest';
import type { EventName, EventPayload } from '../../../electron/contract/api.ts';
import { forkWorker } from '../../../electron/engine/base/backend/worker-host.ts';
import { EngineContext } from '../../../electron/engine/store/engine-context.ts';
import { JobQueue } from '../../../electron/engine/app/jobs/queue.ts';
import { reportJobs } from '../../../electron/engine/app/session/job-events.ts';
import { fakeWorks, type FakeRun } from '../jobs/fake-works.ts';
import { temporaryHome } from '../store/support.ts';
import { performJob } from '../../perform-job.ts';

const PLACEMENT = { gpu: 'off', gpuLayers: 0, cpuExpertLayers: 0, rpc: [], threads: 1 };

function respondTo(domainId: number) {
  return {
    model: '/m.gguf',
    demos: { kind: 'domain', domainId, modelName: 'm' },
    maxTokens: 16,
    temperature: 0,
    seed: 1,
    placement: PLACEMENT,
  };
}

function bench(runs: Parameters<typeof fakeWorks>[0]) {
  const context = new EngineContext({ home: temporaryHome(), host: forkWorker });
  const queue = new JobQueue(context.store, fakeWorks(runs));
  const sent: { readonly name: EventName; readonly payload: unknown }[] = [];
  const emit = <E extends EventName>(name: E, payload: EventPayload<E>): void => void sent.push({ name, payload });
  return { context, queue, sent, emit };
}

test('a job that waits does not silence the one that answers', async () => {
  let onBegun = (): void => {};
  let goOn = (): void => {};
  const begun = new Promise<void>((resolve) => (onBegun = resolve));
  const held = new Promise<void>((resolve) => (goOn = resolve));
  const respond: FakeRun = async (_request, { about }) => {
    onBegun();
    await held;
    // behind the pause between two reports
    await new Promise((resolve) => setTimeout(resolve, 550));
    about({ step: { key: 'answering', done: 1, total: 3 } });
  };
  const { context, queue, sent, emit } = bench({ respond });
  const stop = reportJobs({ context, queue, log: { add: () => {} }, emit });
  const first = performJob(queue, queue.enqueue('respond', respondTo(1), 'one'));
  await begun;
  queue.enqueue('respond', respondTo(2), 'two');
  sent.length = 0;
  goOn();
  await first;
  // one while it answers, one at its end
  expect(sent.filter(({ payload }) => (payload as { domainId: number }).domainId === 1)).toHaveLength(2);
  stop();
  context.close();
});
