// Every kind of job: its request, its outcome, and the use case that does it.
// While a job runs, it reports its step and the rows that it makes through `task.about`.
import { z } from 'zod';
import type { CheckpointOutcome } from '../../../contract/api/checkpoints.ts';
import type { RespondOutcome } from '../../../contract/api/demos.ts';
import type { Got } from '../../../contract/api/hub.ts';
import {
  checkpointRequestSchema,
  fitRequestSchema,
  pruneRequestSchema,
  quantiseRequestSchema,
  respondRequestSchema,
  scoreRequestSchema,
  type CheckpointRequest,
  type FitRequest,
  type PruneRequest,
  type QuantiseRequest,
  type RespondRequest,
  type ScoreRequest,
} from '../../../contract/requests.ts';
import { placementSchema } from '../../../contract/placement.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import { inEnglish } from '../../../contract/sentences.ts';
import { endingHost } from '../../base/backend/worker-host.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { AtPath } from '../../store/task.ts';
import { runRespond } from '../../measure/answers/run-respond.ts';
import { runCheckpoint } from '../../write/checkpoints/run-checkpoint.ts';
import type { FitResult } from '../../../contract/fit.ts';
import { comparisonRequestSchema, type ComparisonRequest } from '../../measure/evaluation/comparison-request.ts';
import { runComparison, type ComparisonOutcome } from '../../measure/evaluation/run-comparison.ts';
import type { GenerationOutcome } from '../../../contract/api/generations.ts';
import { answersOfChoice } from '../../measure/generation/choice-answers.ts';
import { keepFoundFigures, type FoundFile, type WriteFound } from '../../measure/fit/write-best.ts';
import { runFit } from '../../measure/fit/run-fit.ts';
import { generationRequestSchema, type GenerationRequest } from '../../measure/generation/generation-request.ts';
import { runGeneration } from '../../measure/generation/run-generation.ts';
import { getRequestSchema, runGet } from '../../models/hub/hub-process.ts';
import { threadsHere } from '../../models/placement/threads.ts';
import { pruneModel, quantiseModel } from '../../write/repairing/write-model.ts';
import { prepareScore } from '../../experts/scoring/prepare-scoring.ts';
import { runPrepared, runScoring, type ScoredRun } from '../../experts/scoring/score-run.ts';
import type { JobContext, JobType, JobWorks } from './queue.ts';

type WrittenBy<Write extends (...args: never[]) => Promise<unknown>> = Awaited<ReturnType<Write>>;

export type Jobs = {
  /** Downloads files from the model hub. */
  readonly get: JobType<z.infer<typeof getRequestSchema>, AtPath<Got> & { readonly isModel: boolean }>;
  readonly score: JobType<ScoreRequest, ScoredRun>;
  readonly export: JobType<PruneRequest, WrittenBy<typeof pruneModel>>;
  readonly checkpoint: JobType<CheckpointRequest, AtPath<CheckpointOutcome>>;
  /** Quantises a whole model. */
  readonly quantise: JobType<QuantiseRequest, WrittenBy<typeof quantiseModel>>;
  /** Measures variants on stored texts or files. */
  readonly evaluate: JobType<ComparisonRequest, ComparisonOutcome>;
  /** Finds the best file for a memory budget. */
  readonly fit: JobType<FitRequest, FitResult>;
  readonly generate: JobType<GenerationRequest, GenerationOutcome>;
  readonly respond: JobType<RespondRequest, RespondOutcome>;
};

/** Receives, before the job ends, the first file of a model that the job wrote or downloaded; it stands for all parts. */
type OnModel = (path: string, job: JobContext, origin: 'export' | 'file') => Promise<void>;

const computing = z.object({ placement: placementSchema });

const isDryRun = (request: object): boolean => 'dryRun' in request && request.dryRun === true;

/** The work of each kind of job. */
export function jobWorks(context: EngineContext, onModel: OnModel = () => Promise.resolve()): Required<JobWorks<Jobs>> {
  const work = <Request extends object, Outcome>(
    schema: z.ZodType<Request>,
    run: (request: Request, context: EngineContext, job: JobContext) => Promise<Outcome>,
  ) => ({
    schema,
    run: (request: Request, job: JobContext) => {
      const own = context.withHost(endingHost(context.host, job.signal));
      return run(onThisMachine(request, job), isDryRun(request) ? own.forPlans() : own, job);
    },
  });
  /** What a search measured of a written file stays known. @param measured as in `keepFoundFigures` */
  const finish = async (
    { exportId, path }: { readonly exportId: number | null; readonly path: string },
    measured: string | KeptExperts | null,
    context: EngineContext,
    job: JobContext,
  ): Promise<void> => {
    if (exportId === null) return;
    await keepFoundFigures({ exportId }, measured, context, job);
    await onModel(path, job, 'export');
  };
  const prune = async (request: PruneRequest, context: EngineContext, job: JobContext, file?: FoundFile) => {
    const outcome = await pruneModel(request, context, job, file?.repair);
    await finish(outcome, file?.identity ?? outcome.kept, context, job);
    return outcome;
  };
  const quantise = async (request: QuantiseRequest, context: EngineContext, job: JobContext, file?: FoundFile) => {
    const outcome = await quantiseModel(request, context, job, file?.repair);
    await finish(outcome, file?.identity ?? null, context, job);
    return outcome;
  };
  return {
    get: work(getRequestSchema, async (request, context, job) => {
      const outcome = await runGet(request, context, job);
      if (outcome.isModel) await onModel(outcome.path, job, 'file');
      return outcome;
    }),
    score: work(scoreRequestSchema, runScoring),
    export: work(pruneRequestSchema, prune),
    checkpoint: work(checkpointRequestSchema, runCheckpoint),
    quantise: work(quantiseRequestSchema, quantise),
    evaluate: work(comparisonRequestSchema, (request, context, job) =>
      runComparison(request, context, job, answersOfChoice),
    ),
    fit: work(fitRequestSchema, (request, context, job) => {
      const write: WriteFound = (order, file, task) => {
        const own = { ...job, ...task };
        return order.kind === 'export'
          ? prune(order.request, context, own, file)
          : quantise(order.request, context, own, file);
      };
      return runFit(request, context, job, { prepare: prepareScore, score: runPrepared, write });
    }),
    generate: work(generationRequestSchema, runGeneration),
    respond: work(respondRequestSchema, runRespond),
  };
}

/** Limits a request's threads to this machine's cores: the job may have been queued on a machine with more. */
function onThisMachine<Request extends object>(request: Request, job: JobContext): Request {
  const { data } = computing.safeParse(request);
  if (data === undefined) return request;
  const threads = threadsHere(data.placement.threads, (capped) => job.log(inEnglish(capped)));
  return { ...request, placement: { ...data.placement, threads } };
}
