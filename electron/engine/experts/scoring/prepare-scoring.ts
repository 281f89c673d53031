// Prepares a scoring before the model is loaded: what is scored, where the model will lie and what that takes.
import type { ModelFacts, ModelIdentity } from '../../../contract/model-info.ts';
import type { EstimateWarning, ScoringEstimate } from '../../../contract/api/runs.ts';
import type { DemoSource, ScoreRequest } from '../../../contract/requests.ts';
import { Backend } from '../../base/backend/backend.ts';
import type { OpenedSource } from '../../demos/collect-demos.ts';
import { SOON_READ } from '../../models/identifying.ts';
import { knownIdentity } from '../../models/identity.ts';
import type { ReadModel } from '../../models/inspect.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import { estimateRun } from './estimate-run.ts';
import { windowOf } from '../../models/placement/packs.ts';
import { planRun, type PlannedRun } from './plan-run.ts';
import {
  countDemos,
  countedSubject,
  openScored,
  readSubject,
  type CountedDemos,
  type ReadSubject,
  type ScoringSubject,
  type SubjectRequest,
} from './scored-subject.ts';

/** The demos and where the model will lie, shared by all passes over them. */
export type PreparedSubject = ReadSubject & PlannedRun;

type RunRequest = Pick<ScoreRequest, 'maxTokens' | 'nUbatch' | 'placement'> &
  Partial<Pick<ScoreRequest, 'fresh' | 'importance'>>;

/** Everything that is decided about a request before the model is loaded. */
export type PreparedScore<Scoring = PreparedSubject> = Pick<ScoreRequest, 'placement' | 'fresh' | 'importance'> & {
  readonly scoring: Scoring;
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
 * @throws WinnowError errors of inspecting and importing; as planRun and estimateRun
 */
export async function prepareScore(
  request: OpenedRequest,
  context: EngineContext,
  backend: Backend,
  task: Task,
): Promise<PreparedScore> {
  const opened = await openScored(request, backend, task, { prediction: true });
  const subject = await readSubject(opened, request, context, backend, task);
  return planScore(request, subject, context, backend, task);
}

/**
 * The same for an estimate only, from the model's headers.
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
  const countNow = (info: ModelFacts) => countDemos(request, info, context, backend, task);
  const opened = await openScored(request, backend, task, { prediction: true });
  const subject = await countedSubject(opened, context, count ?? countNow);
  const planned = await planScore(request, subject, context, backend, task);
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
  context: EngineContext,
  backend: Backend,
  task: Task,
): Promise<PreparedScore<Subject & PlannedRun>> {
  const { info: files, modelId: modelRow } = subject;
  const scoring = await placeScoring(subject, request, context, backend, task);
  const { placement, fresh, importance } = request;
  const estimated = { files, modelRow, threads: placement.threads };
  const estimate = await estimateRun(estimated, scoring.plan, {}, context, backend, task.signal);
  return { placement, fresh, importance, scoring, estimate };
}

/**
 * Reads model and demos, and plans where the model will lie, for any number of passes over the demos.
 * @param how prediction: whether prediction blocks are also scored, if llama.cpp runs them; placedBefore: where the same model was placed
 * for other demos
 * @throws WinnowError as `openScored`, `readSubject` and `placeScoring`
 */
export async function prepareSubject(
  request: SubjectRequest & RunRequest,
  context: Pick<EngineContext, 'store' | 'host' | 'known'>,
  backend: Backend,
  task: Task,
  {
    placedBefore,
    prediction,
  }: {
    readonly prediction: boolean;
    readonly placedBefore?: Pick<PlannedRun, 'snapshot' | 'placed'> | undefined;
  },
): Promise<PreparedSubject> {
  const opened = await openScored(request, backend, task, { prediction });
  const subject = await readSubject(opened, request, context, backend, task);
  return placeScoring(subject, request, context, backend, task, placedBefore);
}

/**
 * Plans where the model will lie, and how many tokens run at once.
 * @throws WinnowError as `planRun`
 */
async function placeScoring<Subject extends ScoringSubject>(
  subject: Subject,
  { maxTokens, nUbatch, placement, fresh = false, importance = false }: RunRequest,
  { store }: Pick<EngineContext, 'store'>,
  backend: Backend,
  { rows, signal }: Pick<Task, 'rows' | 'signal'>,
  placedBefore?: Pick<PlannedRun, 'snapshot' | 'placed'>,
): Promise<Subject & PlannedRun> {
  const { info, predictionLayers, shape, modelId, demos, isRecurrent } = subject;
  const planned = await planRun(
    { files: info, shape, modelRow: modelId, demos, alone: isRecurrent, window: windowOf(info), predictionLayers },
    // with `fresh`, scoring starts anew, unless its job has already begun
    {
      maxTokens,
      nUbatch,
      placement,
      fresh,
      importance,
      hasBegun: rows.runId !== undefined,
    },
    store,
    backend,
    { signal },
    placedBefore,
  );
  return { ...subject, ...planned };
}
