// Applies the engine's events to what React Query remembers: each event changes an answer, or marks the answers that it
// outdates (contract/api.ts).
import {
  EVENT_NAMES,
  events,
  type CallName,
  type CallResult,
  type EventName,
  type EventPayload,
} from '../../electron/contract/api.ts';
import { callKey, queryClient } from './calls.ts';
import { withSlot } from './chat-slots.ts';
import { client } from './client.ts';
import { JOBS_LIMIT, withJob } from './kept-jobs.ts';

function outdate(names: readonly CallName[]): void {
  for (const queryKey of names.map((name) => callKey(name))) {
    // React Query would take a first answer that is under way for the new one, although it may be from before the event
    const isFirst = queryClient.isFetching({ queryKey, predicate: ({ state }) => state.data === undefined }) > 0;
    const refetch = queryClient.invalidateQueries({ queryKey });
    if (isFirst) void refetch.then(() => queryClient.invalidateQueries({ queryKey }));
  }
}

function on<E extends EventName>(name: E, listener: (payload: EventPayload<E>) => void): () => void {
  return client().on(name, listener);
}

/** The events that carry news themselves. */
type NewsName = {
  readonly [E in EventName]: (typeof events)[E] extends { readonly updates: CallName } ? E : never;
}[EventName];

/** How each event changes the answer that it belongs to. */
const APPLY: { readonly [E in NewsName]: (payload: EventPayload<E>) => void } = {
  job: (job) => {
    queryClient.setQueryData<CallResult<'jobs.list'>>(
      callKey('jobs.list', { limit: JOBS_LIMIT }),
      (jobs) => jobs && withJob(jobs, job),
    );
  },
  // even while Try is not shown: a model continues to load and to answer
  chat: (event) => {
    if (event.type !== 'slot') return;
    queryClient.setQueryData<CallResult<'chat.slots'>>(
      callKey('chat.slots', {}),
      (slots) => slots && withSlot(slots, event),
    );
  },
  settings: (settings) => {
    queryClient.setQueryData(callKey('settings.get', {}), settings);
  },
  native: (native) => {
    queryClient.setQueryData<CallResult<'app.info'>>(callKey('app.info', {}), (info) => info && { ...info, native });
  },
  machines: (machines) => {
    queryClient.setQueryData(callKey('machines.list', {}), machines);
  },
  copying: ({ program, copy }) => {
    queryClient.setQueryData<CallResult<'programs.list'>>(callKey('programs.list', {}), (programs) =>
      programs?.map((one) => (one.program === program ? { ...one, copy } : one)),
    );
  },
};

function getListener<E extends NewsName>(name: E): (payload: EventPayload<E>) => void {
  return APPLY[name];
}

/** Starts handling events. To be called once, before the first rendering. @returns a function that ends it */
export function startEvents(): () => void {
  const stops = [
    ...EVENT_NAMES.map((name) => on(name, () => outdate(events[name].outdates))),
    ...(Object.keys(APPLY) as NewsName[]).map((name) => on(name, getListener(name))),
    // A new engine does not know the calls that the old one was handling.
    client().onState(({ state }) => {
      if (state === 'running') void queryClient.invalidateQueries();
    }),
  ];
  return () => stops.forEach((stop) => stop());
}
