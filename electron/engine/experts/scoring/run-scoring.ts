// The score use case: demos in, a stored run out, or one for each round. An interrupted run resumes where it stopped.
import type { ModelFacts, ModelInfo } from '../../../contract/model-info.ts';
import type { ScoringEstimate } from '../../../contract/api/runs.ts';
import type { ScoreRequest } from '../../../contract/requests.ts';
import type { StopRule } from '../../../contract/stop-rule.ts';
import { inEnglish, say, type Sentence } from '../../../contract/sentences.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { Backend } from '../../base/backend/backend.ts';
import type { IdentifiedInfo } from '../../models/identity.ts';
import { loadOnce } from '../../models/placement/load-model.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { loadingStep, type Task } from '../../store/task.ts';
import { estimateRun, type EstimatedModel } from './estimate-run.ts';
import { checkKept } from '../selection/check-kept.ts';
import { resolveKeep } from '../selection/keep-count.ts';
import type { Store } from '../../store/database.ts';
import { getScoreRun, type RunDemo } from '../../store/score-runs.ts';
import { prepareScoring, type PreparedScoring } from './prepare-scoring.ts';
import { planRun, type PlannedRun, type RunSubject, type RunOptions } from './plan-run.ts';
import { countsOfRounds, scoreRounds, type Round, type RoundPlan } from './rounds.ts';
import { maskOfRun } from '../runs/run-mask.ts';
import { isUngrouped, type Mask } from '../selection/selection.ts';
import type { ScoredPass, StoredRuns } from './score-run.ts';
import { inStopOrder, stopRule } from './stop-when-stable.ts';

export type ScoredRun = {
  readonly info: IdentifiedInfo;
  readonly domain: string;
  /** When it was to end before all demos are scored; null: they all are. */
  readonly stop: StopRule | null;
  /** That were scored. */
  readonly demos: readonly RunDemo[];
  readonly tokens: number;
  /** As it was made before the model was loaded. */
  readonly estimate: ScoringEstimate;
  /** The last round's. */
  readonly run: ScoredPass;
  /** What it was scored under; null: all experts took part. */
  readonly mask: Mask | null;
  /** In their order, at least one. */
  readonly rounds: readonly Round[];
};

/** All that is settled of a request before the model is loaded. */
export type PreparedScore = {
  readonly request: ScoreRequest;
  readonly scoring: PreparedScoring;
  readonly plan: RoundPlan;
  /** What it will need. */
  readonly estimate: ScoringEstimate;
};

/**
 * Reads header and demos, and plans. Demos of files are added to their domain.
 * @param backend a worker, which holds no model after that either
 * @throws WinnowError of inspecting and importing; MASK_INVALID, SELECTION_IMPOSSIBLE; as planRun and estimateRun
 */
export async function prepareScore(
  request: ScoreRequest,
  context: EngineContext,
  backend: Backend,
  task: Task,
): Promise<PreparedScore> {
  const onlyMask = request.rounds ? undefined : (info: ModelInfo): Mask | null => firstMask(request, info);
  const scoring = await prepareScoring(request, context, backend, task, { onlyMask, prediction: true });
  const { info: files, modelId: modelRow, stop } = scoring;
  const plan = planRounds(request, files, task);
  const how = { rounds: plan.counts.length, stop };
  const estimate = await estimateRounds({ files, modelRow }, scoring, how, context, backend, task.signal);
  return { request, scoring, plan, estimate };
}

type Asked = Pick<RunOptions, 'nUbatch' | 'maxTokens' | 'placement'> & {
  readonly rounds: number;
  readonly stopWhenStable: ScoreRequest['stopWhenStable'];
};

/**
 * The same of demos that are tokens already, with all experts in the first round: the page asks at every change of a setting.
 * @param info by whose layers scoring ends early
 * @throws WinnowError as planRun and estimateRun
 */
export async function estimateTokenized(
  { info, ...subject }: Omit<RunSubject, 'files'> & { readonly info: ModelFacts },
  { rounds, stopWhenStable, ...wishes }: Asked,
  context: Pick<EngineContext, 'store' | 'host'>,
  signal: AbortSignal,
): Promise<ScoringEstimate> {
  const stop = stopWhenStable ? stopRule(stopWhenStable, info) : null;
  const demos = stop ? inStopOrder(subject.demos) : subject.demos;
  const only = rounds === 1 ? { mask: null, stop } : null;
  const model = { ...subject, files: info, demos };
  using backend = new Backend(wishes.placement.gpu, context.host);
  const anyRun = { ...wishes, fresh: false, hasBegun: false, only };
  const planned = await planRun(model, anyRun, context.store, backend, { signal });
  return await estimateRounds(model, planned, { rounds, stop }, context, backend, signal);
}

async function estimateRounds(
  model: EstimatedModel,
  planned: PlannedRun,
  { rounds, stop }: { readonly rounds: number; readonly stop: StopRule | null },
  context: Pick<EngineContext, 'store' | 'host'>,
  backend: Backend,
  signal: AbortSignal,
): Promise<ScoringEstimate> {
  const estimate = await estimateRun(model, planned, { rounds }, context, backend, signal);
  return { ...estimate, ...(stop && { atMost: true }) };
}

/** What a request will need. @throws WinnowError as `prepareScore` */
export async function estimateScoring(
  request: ScoreRequest,
  context: EngineContext,
  task: Task,
): Promise<ScoringEstimate> {
  using backend = new Backend(request.placement.gpu, context.host);
  return (await prepareScore(request, context, backend, task)).estimate;
}

/**
 * Prepares, and tells what that will need before the model is loaded; then loads, scores and stores.
 * @throws WinnowError as `prepareScore` and `runPrepared`
 */
export async function runScoring(request: ScoreRequest, context: EngineContext, task: Task): Promise<ScoredRun> {
  using backend = new Backend(request.placement.gpu, context.host);
  const prepared = await prepareScore(request, context, backend, task);
  task.about({ estimate: prepared.estimate });
  return await runPrepared(prepared, context, backend, task);
}

/**
 * @param backend any worker
 * @throws WinnowError of loading and scoring; CANCELLED keeps what is done
 */
export async function runPrepared(
  { request, scoring, plan, estimate }: PreparedScore,
  { store }: Pick<EngineContext, 'store'>,
  backend: Backend,
  task: Task,
): Promise<ScoredRun> {
  const { info, domain, stop } = scoring;
  const model = loadOnce(backend, info, request.placement, {
    placed: scoring.placed.load,
    signal: task.signal,
    onProgress: loadingStep(task),
  });
  const stored = reusable(request, store, info, task);
  const { rounds, mask } = await scoreRounds(scoring, plan, stored, { store, backend, model, task });
  const { run } = rounds.at(-1)!;
  const { scoredDemos, tokens } = getScoreRun(store, run.id)!;
  return { info, domain, stop, demos: scoring.demos.slice(0, scoredDemos), tokens, estimate, run, mask, rounds };
}

/**
 * @throws WinnowError USAGE: rounds that end early, too; MASK_INVALID, SELECTION_IMPOSSIBLE: mask or count do not fit the
 * model
 */
function planRounds(request: ScoreRequest, info: ModelInfo, task: Task): RoundPlan {
  if (request.rounds && request.stopWhenStable) throw new WinnowError('USAGE', say('roundsStopEarly'));
  const { mask: kept, rounds, grouping = 'ungrouped', importance = false } = request;
  const warnings: Sentence[] = [];
  if (kept) checkKept(info, { kept, grouping, allowFewerUsed: false }, warnings);
  warnings.forEach((warning) => task.log(inEnglish(warning)));
  const mask = firstMask(request, info);
  const { count = 1, criterion = 'easy-ep', tokens } = rounds ?? {};
  const keep = rounds ? resolveKeep(rounds.keep, info.nExpert) : (kept?.[0]?.length ?? info.nExpert);
  return {
    mask,
    counts: countsOfRounds(mask, { rounds: count, keep, grouping }, info),
    criterion,
    tokens,
    grouping,
    importance,
  };
}

/** Of the first round; null: all experts take part. */
function firstMask({ mask: kept, grouping = 'ungrouped' }: ScoreRequest, info: ModelInfo): Mask | null {
  return kept ? { kept, ungrouped: isUngrouped(info, grouping) } : null;
}

/**
 * Which stored runs a round may use. Queued again, a job that was to score afresh uses the rounds that it made itself:
 * it had come to the one with the fewest experts.
 */
function reusable(
  { fresh }: ScoreRequest,
  store: Store,
  info: ModelInfo,
  { rows }: Task,
): (experts: number) => StoredRuns {
  const begun = rows.runId === undefined ? undefined : getScoreRun(store, rows.runId);
  const reached = begun && (maskOfRun(begun.settings)?.kept[0]?.length ?? info.nExpert);
  return (experts) => ({
    finished: !fresh || (reached !== undefined && experts > reached),
    unfinished: !fresh || begun !== undefined,
  });
}
