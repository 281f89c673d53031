// The score use case: demos go in, a stored run comes out. An interrupted run resumes where it stopped.
import type { ScoringEstimate } from '../../../contract/api/runs.ts';
import type { ScoreRequest } from '../../../contract/requests.ts';
import { Backend } from '../../base/backend/backend.ts';
import type { IdentifiedInfo } from '../../models/identity.ts';
import { loadOnce } from '../../models/placement/load-model.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { loadingStep, type Task } from '../../store/task.ts';
import { getScoreRun, type RunDemo } from '../../store/score-runs.ts';
import { prepareScore, type PreparedScore } from './prepare-scoring.ts';
import { scoreRun, type ScoredPass } from './score-run.ts';

export type ScoredRun = {
  readonly info: IdentifiedInfo;
  readonly domain: string;
  readonly demos: readonly RunDemo[];
  readonly tokens: number;
  /** The estimate made before the model was loaded. */
  readonly estimate: ScoringEstimate;
  readonly run: ScoredPass;
};

/**
 * Prepares, and reports what the work will need before the model is loaded; then loads, scores and stores.
 * @throws WinnowError as `prepareScore` and `runPrepared`
 */
export async function runScoring(request: ScoreRequest, context: EngineContext, task: Task): Promise<ScoredRun> {
  using backend = new Backend(request.placement.gpu, context.host);
  const prepared = await prepareScore(request, context, backend, task);
  task.about({ estimate: prepared.estimate });
  return await runPrepared(prepared, context, backend, task);
}

/**
 * Loads the model, scores and stores.
 * @param backend any worker
 * @throws WinnowError errors of loading and scoring; CANCELLED keeps what is done
 */
export async function runPrepared(
  { placement, fresh, importance = false, scoring, estimate }: PreparedScore,
  { store }: EngineContext,
  backend: Backend,
  task: Task,
): Promise<ScoredRun> {
  const { info, domain, demos } = scoring;
  const model = loadOnce(backend, info, placement, {
    placed: scoring.placed.load,
    signal: task.signal,
    onProgress: loadingStep(task),
  });
  // with `fresh`, a job that is queued again goes on with the run that it began
  const stored = { finished: !fresh, unfinished: !fresh || task.rows.runId !== undefined };
  const run = await scoreRun(scoring, stored, { store, backend, model, task }, importance);
  return { info, domain, demos, tokens: getScoreRun(store, run.id)!.tokens, estimate, run };
}
