// Everything that the interface can ask of the engine, and everything that the engine tells it: the parameters and
// result of each call, and the payload of each event. Client, server and tests are derived from these two tables.
import type { z } from 'zod';
import { appCalls, appEvents } from './api/app.ts';
import { checkpointsCalls } from './api/checkpoints.ts';
import { chatCalls, chatEvents } from './api/chat.ts';
import { demosCalls, demosEvents } from './api/demos.ts';
import { endpointsCalls, endpointsEvents } from './api/endpoints.ts';
import { evaluationsCalls, evaluationsEvents } from './api/evaluations.ts';
import { exportsCalls, exportsEvents } from './api/exports.ts';
import { fitCalls, fitEvents } from './api/fit.ts';
import { generationsCalls, generationsEvents } from './api/generations.ts';
import { hubCalls } from './api/hub.ts';
import { jobsCalls, jobsEvents } from './api/jobs.ts';
import { libraryCalls, libraryEvents } from './api/library.ts';
import { machinesCalls, machinesEvents } from './api/machines.ts';
import { programsCalls, programsEvents } from './api/programs.ts';
import { selectionsCalls, selectionsEvents } from './api/selections.ts';
import { runsCalls, runsEvents } from './api/runs.ts';

export const calls = {
  ...appCalls,
  ...libraryCalls,
  ...hubCalls,
  ...machinesCalls,
  ...demosCalls,
  ...runsCalls,
  ...selectionsCalls,
  ...checkpointsCalls,
  ...exportsCalls,
  ...programsCalls,
  ...evaluationsCalls,
  ...fitCalls,
  ...generationsCalls,
  ...chatCalls,
  ...endpointsCalls,
  ...jobsCalls,
} as const;

export type CallName = keyof typeof calls;

/** Calls that are finished even when the page has gone: they store what it changed. All other calls end with the page that made them. */
export const CALLS_THAT_OUTLIVE: ReadonlySet<CallName> = new Set<CallName>(['selections.save', 'settings.set']);

/** An event, and what it does to the answers that the page remembers. */
type EventDefinition = {
  readonly payload: z.ZodType;
  /**
   * The call whose answer the payload changes; the page knows how. null: the payload carries no news, it only hints
   * that the page should ask again.
   */
  readonly updates: CallName | null;
  /** The calls whose answers become outdated: they are made again. */
  readonly outdates: readonly CallName[];
};

export const events = {
  ...appEvents,
  ...libraryEvents,
  ...machinesEvents,
  ...demosEvents,
  ...runsEvents,
  ...selectionsEvents,
  ...exportsEvents,
  ...programsEvents,
  ...evaluationsEvents,
  ...fitEvents,
  ...generationsEvents,
  ...chatEvents,
  ...endpointsEvents,
  ...jobsEvents,
} as const satisfies Readonly<Record<string, EventDefinition>>;

export type CallParams<C extends CallName> = z.input<(typeof calls)[C]['params']>;
export type CallResult<C extends CallName> = z.output<(typeof calls)[C]['result']>;
export type EventName = keyof typeof events;
export type EventPayload<E extends EventName> = z.output<(typeof events)[E]['payload']>;

export const CALL_NAMES = Object.keys(calls) as CallName[];
export const EVENT_NAMES = Object.keys(events) as EventName[];
