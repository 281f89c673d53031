// The score use case: demos go in, a stored run comes out, or one for each round. An interrupted run resumes where it stopped.
import type { ModelFacts, ModelIdentity, ModelInfo } from '../../../contract/model-info.ts';
import type { EstimateWarning, ScoringEstimate } from '../../../contract/api/runs.ts';
import type { DemoSource, ScoreRequest } from '../../../contract/requests.ts';
import type { StopRule } from '../../../contract/stop-rule.ts';
import { inEnglish, say, type Sentence } from '../../../contract/sentences.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { Backend } from '../../base/backend/backend.ts';
import type { OpenedSource } from '../../demos/gather.ts';
import { identifying, SOON_READ } from '../../models/identifying.ts';
import { knownIdentity, type IdentifiedInfo } from '../../models/identity.ts';
import { identified, type ReadModel } from '../../models/inspect.ts';
import { loadOnce } from '../../models/placement/load-model.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { loadingStep, type Task } from '../../store/task.ts';
import { estimateRun } from './estimate-run.ts';
import { checkKept } from '../selection/check-kept.ts';
import { readModelMask, type ModelMask } from '../selection/mask-file.ts';
import { resolveKeep } from '../selection/keep-count.ts';
import type { Store } from '../../store/database.ts';
import { getScoreRun, type RunDemo } from '../../store/score-runs.ts';
import {
  countDemos,
  countedSubject,
  openScored,
  placeScoring,
  readSubject,
  type CountedDemos,
  type PreparedScoring,
  type ScoringSubject,
} from './prepare-scoring.ts';
import type { PlannedRun } from './plan-run.ts';
import { countsOfRounds, scoreRounds, type Round, type RoundPlan } from './rounds.ts';
import { maskOfRun } from '../runs/run-mask.ts';
import { isUngrouped, type Mask } from '../selection/selection.ts';
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

/** Everything that is decided about a request before the model is loaded. */
export type PreparedScore<Scoring = PreparedScoring> = Pick<ScoreRequest, 'placement' | 'fresh'> & {
  readonly scoring: Scoring;
  readonly plan: RoundPlan;
  /** What the work will need. */
  readonly estimate: ScoringEstimate;
};

/** A request whose model headers and demos may already be read. */
type OpenedRequest = Omit<ScoreRequest, 'model' | 'demos'> & {
  readonly model: string | ReadModel;
  readonly demos: DemoSource | OpenedSource;
};

/**
 * Reads model and demos, and makes the plan. Demos of files are added to their domain.
 * @param backend a worker; no model is loaded into it
 * @throws WinnowError errors of inspecting and importing; MASK_INVALID, SELECTION_IMPOSSIBLE; as planRun and estimateRun
 */
export async function prepareScore(
  request: OpenedRequest,
  context: EngineContext,
  backend: Backend,
  task: Task,
): Promise<PreparedScore> {
  const opened = await openScored(request, backend, task, { prediction: true });
  // the mask is checked against the model before demos are read
  const mask = await readMask(request, opened.model, context, task);
  const subject = await readSubject(opened, request, context, backend, task);
  return planScore(request, subject, mask, context, backend, task);
}

async function readMask(
  { mask, grouping }: Pick<ScoreRequest, 'mask' | 'grouping'>,
  model: ReadModel,
  context: EngineContext,
  task: Task,
): Promise<ModelMask | null> {
  if (mask === undefined) return null;
  const { info } = await identified(model, identifying(context, task));
  return readModelMask(mask, info, { grouping }, task.signal);
}

/**
 * The same for an estimate only: from the model's headers, unless a mask names the model that it is for.
 * @param count returns the demos' tokens, if they are already counted
 * @throws WinnowError as `prepareScore`
 */
export async function estimateScore(
  request: ScoreRequest,
  context: EngineContext,
  task: Task,
  count?: () => Promise<CountedDemos>,
): Promise<PreparedScore<ScoringSubject>> {
  using backend = new Backend(request.placement.gpu, context.host);
  if (request.mask !== undefined) return await prepareScore(request, context, backend, task);
  const countNow = (info: ModelFacts) => countDemos(request, info, context, backend, task);
  const subject = await countedSubject(request, context, backend, task, count ?? countNow);
  const planned = await planScore(request, subject, null, context, backend, task);
  const { parts, bytes } = subject.info;
  const warnings = firstReading(bytes, await knownIdentity(parts, context.known));
  return { ...planned, estimate: { ...planned.estimate, warnings: [...planned.estimate.warnings, ...warnings] } };
}

/** A warning that the whole model is read first, if that takes long enough to mention. */
export function firstReading(bytes: number, known: ModelIdentity | null): EstimateWarning[] {
  return known === null && bytes >= SOON_READ ? [{ key: 'readFirst', bytes }] : [];
}

async function planScore<Subject extends ScoringSubject>(
  request: OpenedRequest,
  subject: Subject,
  mask: ModelMask | null,
  context: EngineContext,
  backend: Backend,
  task: Task,
): Promise<PreparedScore<Subject & PlannedRun>> {
  const { info: files, modelId: modelRow, stop } = subject;
  const plan = planRounds(request, files, mask, task);
  const only = request.rounds ? null : plan;
  const scoring = await placeScoring(subject, request, only, context, backend, task);
  const { placement, fresh } = request;
  const estimated = { files, modelRow, threads: placement.threads };
  const repeats = { rounds: plan.counts.length };
  const estimate = await estimateRun(estimated, scoring.plan, repeats, context, backend, task.signal);
  return { placement, fresh, scoring, plan, estimate: { ...estimate, ...(stop && { atMost: true }) } };
}

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
  { placement, fresh, scoring, plan, estimate }: PreparedScore,
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
 * @throws WinnowError USAGE: rounds combined with an early end; MASK_INVALID, SELECTION_IMPOSSIBLE: mask or count do not fit the
 * model
 */
function planRounds(request: OpenedRequest, info: ModelFacts, chosen: ModelMask | null, task: Task): RoundPlan {
  if (request.rounds && request.stopWhenStable) throw new WinnowError('USAGE', say('roundsStopEarly'));
  const { rounds, importance = false } = request;
  const grouping = chosen?.grouping ?? request.grouping ?? 'ungrouped';
  if (chosen) {
    const warnings: Sentence[] = [...chosen.warnings];
    if (chosen.activeExperts !== null) {
      warnings.push(say('maskScoredWithAll', { path: request.mask ?? '', active: chosen.activeExperts }));
    }
    checkKept(info, { kept: chosen.kept, grouping, allowFewerUsed: false }, warnings);
    warnings.forEach((warning) => task.log(inEnglish(warning)));
  }
  const mask = chosen && { kept: chosen.kept, ungrouped: isUngrouped(info, grouping) };
  const { count = 1, criterion = 'easy-ep', tokens } = rounds ?? {};
  const keep = rounds ? resolveKeep(rounds.keep, info.nExpert) : (mask?.kept[0]?.length ?? info.nExpert);
  return {
    mask,
    counts: countsOfRounds(mask, { rounds: count, keep, grouping }, info),
    criterion,
    tokens,
    grouping,
    importance,
  };
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
