// The queue of long work.
import { z } from 'zod';
import { fitPlanSchema, fitResultSchema } from '../fit.ts';
import { checkpointOutcomeSchema } from './checkpoints.ts';
import { asMade, errorDataSchema, nothing, rowIdSchema } from './common.ts';
import { respondOutcomeSchema } from './demos.ts';
import { evaluationOutcomeSchema } from './evaluations.ts';
import { generationOutcomeSchema } from './generations.ts';
import { exportOutcomeSchema, quantiseOutcomeSchema } from './exports.ts';
import { gotSchema } from './hub.ts';
import { scoreOutcomeSchema, scoringEstimateSchema } from './runs.ts';

/** The kinds of jobs; jobs/kinds.ts of the engine describes each. */
export const JOB_KINDS = [
  'get',
  'score',
  'export',
  'checkpoint',
  'quantise',
  'evaluate',
  'fit',
  'generate',
  'respond',
] as const;
export type JobKind = (typeof JOB_KINDS)[number];

/** `interrupted`: the process that ran it ended or was closed; the job can be queued again. */
export const JOB_STATES = ['queued', 'running', 'done', 'failed', 'cancelled', 'interrupted'] as const;
export type JobState = (typeof JOB_STATES)[number];

export const PROGRESS_UNITS = ['tokens', 'bytes', 'permille'] as const;
export type ProgressUnit = (typeof PROGRESS_UNITS)[number];

const jobProgressSchema = z.object({
  done: z.number(),
  /** 0: not known yet. */
  total: z.number(),
  unit: z.enum(PROGRESS_UNITS),
});
export type JobProgress = Readonly<z.infer<typeof jobProgressSchema>>;

const jobViewSchema = z.object({
  id: rowIdSchema,
  kind: z.enum(JOB_KINDS),
  /** What the job works on: model and domain, or a file. */
  subject: z.string(),
  state: z.enum(JOB_STATES),
  /** It runs in another Winnow on this machine, and can only be cancelled there. */
  elsewhere: z.boolean(),
  ...jobProgressSchema.shape,
  perSecond: z.number().nullable(),
  etaMs: z.number().nullable(),
  /** The current step, such as "loading the model" or "demo 7 of 25"; null: there is nothing to add. */
  step: z
    .object({
      key: z.string(),
      done: z.int(),
      total: z.int(),
      /** The part of the step that is under way, such as "making" a file. */
      within: z.string().exactOptional(),
      /** The number that was planned; absent: all of them. */
      foreseen: z.int().exactOptional(),
    })
    .nullable(),
  /** What the job needs, as soon as that is known, while it runs or if it has just ended. */
  estimate: scoringEstimateSchema.exactOptional(),
  /** The same for a search for the best file: what it compares. */
  plan: fitPlanSchema.exactOptional(),
  /** The run, export and so on that the job makes or has made. */
  runId: rowIdSchema.nullable(),
  exportId: rowIdSchema.nullable(),
  /** The choice that the job measures or checks. */
  selectionId: rowIdSchema.nullable(),
  error: errorDataSchema.nullable(),
  createdMs: z.number(),
  startedMs: z.number().nullable(),
  finishedMs: z.number().nullable(),
});
export type JobView = Readonly<z.infer<typeof jobViewSchema>>;

/** Schemas of the outcomes that are kept, by kind of job: those that a client waits for. */
export const JOB_OUTCOMES = {
  checkpoint: checkpointOutcomeSchema,
  evaluate: asMade(evaluationOutcomeSchema),
  generate: generationOutcomeSchema,
  export: asMade(exportOutcomeSchema),
  fit: asMade(fitResultSchema),
  get: gotSchema,
  score: scoreOutcomeSchema,
  quantise: quantiseOutcomeSchema,
  respond: respondOutcomeSchema,
} as const;

export const jobsCalls = {
  /** Newest first. */
  'jobs.list': { params: z.object({ limit: z.int().min(1).max(1000) }), result: z.array(jobViewSchema) },
  'jobs.cancel': { params: z.object({ jobId: rowIdSchema }), result: nothing },
  /** Queues a failed, cancelled or interrupted job again; scoring resumes where it stopped. */
  'jobs.requeue': { params: z.object({ jobId: rowIdSchema }), result: nothing },
  /** The outcome of a job whose kind is in `JOB_OUTCOMES`; null: it did not finish successfully. */
  'jobs.outcome': { params: z.object({ jobId: rowIdSchema }), result: z.unknown() },
} as const;

export const jobsEvents = {
  /** A job changed its state or made progress; at most ten times a second. */
  job: { payload: jobViewSchema, updates: 'jobs.list', outdates: [] },
  /** Why no queued job is started, such as a missing database. */
  queueStopped: { payload: errorDataSchema, updates: null, outdates: ['jobs.list'] },
  /** Something the user should know, although the work goes on. */
  jobLine: { payload: z.object({ jobId: rowIdSchema, text: z.string() }), updates: null, outdates: [] },
} as const;
