// What the engine tells, applied to what React Query remembers: each event marks the answers that it makes old.
import type { CallName, CallResult, EventName, EventPayload } from '../../electron/contract/api.ts';
import { callKey, queryClient } from './calls.ts';
import { withSlot } from './chat-slots.ts';
import { client } from './client.ts';
import { JOBS_LIMIT, withJob } from './job-list.ts';

/** Older lines of the log are in its file. */
const LOG_LINES = 2000;

/** Which calls' answers an event makes old. */
const OUTDATED: Readonly<Partial<Record<EventName, readonly CallName[]>>> = {
  // which of them the models of runs, plans, exports and measurements are
  library: [
    'library.list',
    'library.get',
    'library.folders',
    'library.memory',
    'exports.list',
    'runs.list',
    'runs.get',
    'plans.list',
    'plans.get',
    'plans.compute',
    'plans.fit',
    'evaluations.list',
    'generations.list',
  ],
  // whose demos and held-out texts are still there
  demos: [
    'domains.list',
    'demos.list',
    'demos.get',
    'demos.rendered',
    'demos.count',
    'runs.estimate',
    'texts.list',
    'runs.demos',
    'runs.tokens',
    'runs.expert',
    'evaluations.list',
    'generations.list',
  ],
  run: [
    'runs.list',
    'runs.get',
    'runs.scores',
    'runs.convergence',
    'runs.overlap',
    'runs.demos',
    'runs.expert',
    'plans.compute',
    'plans.steps',
    'plans.fit',
  ],
  plans: ['plans.list', 'plans.get'],
  exports: ['exports.list', 'exports.plan', 'library.list'],
  evaluations: ['evaluations.list'],
  generations: ['generations.list', 'generations.examples'],
};

function outdate(names: readonly CallName[]): void {
  for (const name of names) void queryClient.invalidateQueries({ queryKey: callKey(name) });
}

type Settings = CallResult<'settings.get'>;

/** Whether a run by these settings needs something else. */
function isComputedOtherwise(before: Settings, after: Settings): boolean {
  const of = ({ placement, nUbatch, maxTokens }: Settings): string => JSON.stringify([placement, nUbatch, maxTokens]);
  return of(before) !== of(after);
}

function on<E extends EventName>(name: E, listener: (payload: EventPayload<E>) => void): () => void {
  return client().on(name, listener);
}

/** Once, before the first rendering. @returns a function that ends it */
export function startEvents(): () => void {
  const stops = [
    ...Object.entries(OUTDATED).map(([name, calls]) => on(name as EventName, () => outdate(calls))),
    on('job', (job) => {
      queryClient.setQueryData<CallResult<'jobs.list'>>(
        callKey('jobs.list', { limit: JOBS_LIMIT }),
        (jobs) => jobs && withJob(jobs, job),
      );
    }),
    // also while Try is not shown: a model goes on loading, and answering
    on('chat', (event) => {
      if (event.type !== 'slot') return;
      // a turn makes the cache grow
      if (event.value?.state === 'ready') outdate(['chat.memory']);
      queryClient.setQueryData<CallResult<'chat.slots'>>(
        callKey('chat.slots', {}),
        (slots) => slots && withSlot(slots, event),
      );
    }),
    on('settings', (settings) => {
      const before = queryClient.getQueryData<Settings>(callKey('settings.get', {}));
      queryClient.setQueryData(callKey('settings.get', {}), settings);
      if (before && isComputedOtherwise(before, settings)) outdate(['runs.estimate']);
    }),
    on('native', (native) => {
      queryClient.setQueryData<CallResult<'app.info'>>(callKey('app.info', {}), (info) => info && { ...info, native });
    }),
    on('machines', (machines) => queryClient.setQueryData(callKey('machines.list', {}), machines)),
    on('log', (line) => {
      queryClient.setQueryData<CallResult<'log.tail'>>(
        callKey('log.tail', {}),
        (lines) => lines && [...lines, line].slice(-LOG_LINES),
      );
    }),
    // A new engine knows nothing of what the old one was asked.
    client().onState(({ state }) => {
      if (state === 'running') void queryClient.invalidateQueries();
    }),
  ];
  return () => stops.forEach((stop) => stop());
}
