// The queue of long work.
import { z } from 'zod';
import { fitPlanSchema, fitResultSchema } from '../fit.ts';
import { calibrationOutcomeSchema } from './calibrations.ts';
import { checkpointOutcomeSchema } from './checkpoints.ts';
import { asMade, errorDataSchema, nothing, rowIdSchema } from './common.ts';
import { respondOutcomeSchema } from './demos.ts';
import { evaluationOutcomeSchema } from './evaluations.ts';
import { generationOutcomeSchema } from './generations.ts';
import { exportOutcomeSchema, quantiseOutcomeSchema } from './exports.ts';
import { gotSchema } from './hub.ts';
import { scoreOutcomeSchema, scoringEstimateSchema } from './runs.ts';
import { bestCriterionSchema } from './selections.ts';
import { studyOutcomeSchema, tourOutcomeSchema } from './studies.ts';

/** What there is of each: jobs/kinds.ts of the engine. */
export const JOB_KINDS = [
  'get',
  'score',
  'tour',
  'export',
  'checkpoint',
  'calibrate',
  'quantise',
  'evaluate',
  'compare',
  'best-criterion',
  'fit',
  'generate',
  'respond',
] as const;
export type JobKind = (typeof JOB_KINDS)[number];

/** `interrupted`: the process that ran it ended or was closed; it can be queued again. */
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
  /** What it works on: model and domain, or a file. */
  subject: z.string(),
  state: z.enum(JOB_STATES),
  /** It runs in another Winnow on this machine, and can be cancelled there only. */
  elsewhere: z.boolean(),
  ...jobProgressSchema.shape,
  perSecond: z.number().nullable(),
  etaMs: z.number().nullable(),
  /** Such as "loading the model" or "demo 7 of 25"; null: nothing to add. */
  step: z
    .object({
      key: z.string(),
      done: z.int(),
      total: z.int(),
      /** What is done of it, such as "making" a file. */
      within: z.string().exactOptional(),
      /** As many were planned; without it all of them. */
      foreseen: z.int().exactOptional(),
    })
    .nullable(),
  /** What it needs, while it runs or has just ended, as soon as that is known. */
  estimate: scoringEstimateSchema.exactOptional(),
  /** The same of a search for the best file: what it compares. */
  plan: fitPlanSchema.exactOptional(),
  /** The run, export … that it makes or made. */
  runId: rowIdSchema.nullable(),
  exportId: rowIdSchema.nullable(),
  evaluationIds: z.array(rowIdSchema),
  generationIds: z.array(rowIdSchema),
  error: errorDataSchema.nullable(),
  createdMs: z.number(),
  startedMs: z.number().nullable(),
  finishedMs: z.number().nullable(),
});
export type JobView = Readonly<z.infer<typeof jobViewSchema>>;

/** What is kept of how jobs ended, by their kind: those that a client waits for. */
export const JOB_OUTCOMES = {
  'best-criterion': bestCriterionSchema,
  calibrate: asMade(calibrationOutcomeSchema),
  checkpoint: checkpointOutcomeSchema,
  compare: asMade(studyOutcomeSchema),
  tour: asMade(tourOutcomeSchema),
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
  /** The outcome of a job whose kind is in `JOB_OUTCOMES`; null: it has not ended well. */
  'jobs.outcome': { params: z.object({ jobId: rowIdSchema }), result: z.unknown() },
  'jobs.log': { params: z.object({ jobId: rowIdSchema }), result: z.string() },
} as const;

export const jobsEvents = {
  /** A job changed state or went on; at most ten times a second. */
  job: { payload: jobViewSchema, updates: 'jobs.list', outdates: [] },
  /** Why what is queued is not begun, such as a database that is gone. */
  queueStopped: { payload: errorDataSchema, updates: null, outdates: ['jobs.list'] },
  /** Something the user should know, though the work goes on. */
  jobLine: { payload: z.object({ jobId: rowIdSchema, text: z.string() }), updates: null, outdates: ['jobs.log'] },
} as const;
