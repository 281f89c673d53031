// Everything that the interface can ask of the engine, and everything that the engine tells it: each call's parameters
// and result, each event's payload. Client, server and tests are derived from these two tables.
import type { z } from 'zod';
import { appCalls, appEvents } from './api/app.ts';
import { chatCalls, chatEvents } from './api/chat.ts';
import { demosCalls, demosEvents } from './api/demos.ts';
import { evaluationsCalls, evaluationsEvents } from './api/evaluations.ts';
import { exportsCalls, exportsEvents } from './api/exports.ts';
import { generationsCalls, generationsEvents } from './api/generations.ts';
import { jobsCalls, jobsEvents } from './api/jobs.ts';
import { libraryCalls, libraryEvents } from './api/library.ts';
import { machinesCalls, machinesEvents } from './api/machines.ts';
import { plansCalls, plansEvents } from './api/plans.ts';
import { runsCalls, runsEvents } from './api/runs.ts';

export const calls = {
  ...appCalls,
  ...libraryCalls,
  ...machinesCalls,
  ...demosCalls,
  ...runsCalls,
  ...plansCalls,
  ...exportsCalls,
  ...evaluationsCalls,
  ...generationsCalls,
  ...chatCalls,
  ...jobsCalls,
} as const;

export const events = {
  ...appEvents,
  ...libraryEvents,
  ...machinesEvents,
  ...demosEvents,
  ...runsEvents,
  ...plansEvents,
  ...exportsEvents,
  ...evaluationsEvents,
  ...generationsEvents,
  ...chatEvents,
  ...jobsEvents,
} as const;

export type CallName = keyof typeof calls;
export type CallParams<C extends CallName> = z.input<(typeof calls)[C]['params']>;
export type CallResult<C extends CallName> = z.output<(typeof calls)[C]['result']>;
export type EventName = keyof typeof events;
export type EventPayload<E extends EventName> = z.output<(typeof events)[E]>;

export const CALL_NAMES = Object.keys(calls) as CallName[];
export const EVENT_NAMES = Object.keys(events) as EventName[];
