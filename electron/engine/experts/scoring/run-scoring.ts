// The score use case: demos go in, a stored run comes out, or one for each round. An interrupted run resumes where it stopped.
import type { ModelInfo } from '../../../contract/model-info.ts';
import type { ScoringEstimate } from '../../../contract/api/runs.ts';
import type { ScoreRequest } from '../../../contract/requests.ts';
import type { StopRule } from '../../../contract/stop-rule.ts';
import { Backend } from '../../base/backend/backend.ts';
import type { IdentifiedInfo } from '../../models/identity.ts';
import { loadOnce } from '../../models/placement/load-model.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { loadingStep, type Task } from '../../store/task.ts';
import type { Store } from '../../store/database.ts';
import { getScoreRun, type RunDemo } from '../../store/score-runs.ts';
import { prepareScore, type PreparedScore } from './prepare-scoring.ts';
import { scoreRounds, type Round } from './rounds.ts';
import { maskOfRun } from '../runs/run-mask.ts';
import type { Mask } from '../selection/selection.ts';
import type { ScoredPass, StoredRuns } from './score-run.ts';

export type ScoredRun = {
  readonly info: IdentifiedInfo;
  readonly domain: string;
  /** When the run was to end before all demos are scored; null: all are scored. */
  readonly stop: StopRule | null;
  /** The demos that were scored. */
  readonly demos: readonly RunDemo[];
  readonly tokens: number;
  /** The estimate made before the model was loaded. */
  readonly estimate: ScoringEstimate;
  /** The last round's run. */
  readonly run: ScoredPass;
  /** The mask of the last round; null: all experts took part. */
  readonly mask: Mask | null;
  /** All rounds in their order, at least one. */
  readonly rounds: readonly Round[];
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
  { placement, fresh, scoring, rounds: plan, estimate }: PreparedScore,
  { store }: Pick<EngineContext, 'store'>,
  backend: Backend,
  task: Task,
): Promise<ScoredRun> {
  const { info, domain, stop } = scoring;
  const model = loadOnce(backend, info, placement, {
    placed: scoring.placed.load,
    signal: task.signal,
    onProgress: loadingStep(task),
  });
  const stored = reusable(fresh, store, info, task);
  const { rounds, mask } = await scoreRounds(scoring, plan, stored, { store, backend, model, task });
  const { run } = rounds.at(-1)!;
  const { scoredDemos, tokens } = getScoreRun(store, run.id)!;
  return { info, domain, stop, demos: scoring.demos.slice(0, scoredDemos), tokens, estimate, run, mask, rounds };
}

/**
 * Which stored runs a round may use. A requeued job that scores with `fresh` uses the rounds that it made itself: it had got as
 * far as the round with the fewest experts.
 */
function reusable(fresh: boolean, store: Store, info: ModelInfo, { rows }: Task): (experts: number) => StoredRuns {
  const begun = rows.runId === undefined ? undefined : getScoreRun(store, rows.runId);
  const reached = begun && (maskOfRun(begun.settings)?.kept[0]?.length ?? info.nExpert);
  return (experts) => ({
    finished: !fresh || (reached !== undefined && experts > reached),
    unfinished: !fresh || begun !== undefined,
  });
}
