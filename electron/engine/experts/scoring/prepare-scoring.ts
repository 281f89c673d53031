// Prepares a scoring before the model is loaded: what is scored, where the model will lie and what that takes.
import type { ModelIdentity } from '../../../contract/model-info.ts';
import type { EstimateWarning, ScoringEstimate } from '../../../contract/api/runs.ts';
import type { DemoSource, ScoreRequest } from '../../../contract/requests.ts';
import { Backend } from '../../base/backend/backend.ts';
import type { OpenedSource } from '../../demos/collect-demos.ts';
import { SOON_READ, knownIdentity } from '../../models/identity.ts';
import type { ReadModel } from '../../models/inspect.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import { estimateOf } from '../../models/placement/cost.ts';
import { type PlannedRun, type ScoreOptions, planRun, ratesOf } from './plan-run.ts';
import { countedSubject, openScored, readSubject, type ScoringSubject } from './scored-subject.ts';

/** The demos and where the model will lie, shared by all passes over them. */
export type PreparedSubject = Awaited<ReturnType<typeof readSubject>> & PlannedRun;

/** Everything that is decided about a request before the model is loaded. */
export type PreparedScore<Scoring = PreparedSubject> = ScoreOptions & {
  readonly scoring: Scoring;
  /** What the work will need. */
  readonly estimate: ScoringEstimate;
};

/** A request whose model headers and demos may already be read. */
type OpenedRequest = ScoreOptions & {
  readonly model: string | ReadModel;
  readonly demos: DemoSource | OpenedSource;
};

/**
 * Reads model and demos, and makes the plan. Demos of files are added to their domain.
 * @param backend a worker; no model is loaded into it
 * @throws WinnowError errors of inspecting and importing; as planRun
 */
export async function prepareScore(
  request: OpenedRequest,
  context: EngineContext,
  backend: Backend,
  task: Task,
): Promise<PreparedScore> {
  const opened = await openScored(request.model, backend, task);
  const subject = await readSubject(opened, request, context, backend, task);
  return planScore(request, subject, context, backend, task);
}

/**
 * The same for an estimate only, from the model's headers.
 * @throws WinnowError as `prepareScore`
 */
export async function estimateScore(
  request: ScoreRequest,
  context: EngineContext,
  task: Task,
): Promise<PreparedScore<ScoringSubject>> {
  using backend = new Backend(request.placement.gpu, context.host);
  const opened = await openScored(request.model, backend, task);
  const subject = await countedSubject(opened, request, context, backend, task);
  const planned = await planScore(request, subject, context, backend, task);
  const { parts, bytes } = subject.info;
  const warnings = firstReading(bytes, await knownIdentity(parts, context.known));
  return { ...planned, estimate: { ...planned.estimate, warnings: [...planned.estimate.warnings, ...warnings] } };
}

/** A warning that the whole model is read first, if that takes long enough to mention. */
export function firstReading(bytes: number, known: ModelIdentity | null): EstimateWarning[] {
  return known === null && bytes >= SOON_READ ? [{ key: 'readFirst', bytes }] : [];
}

/** Plans where the model will lie and how many tokens run at once. @throws WinnowError as `planRun` */
async function planScore<Subject extends ScoringSubject>(
  request: ScoreOptions,
  subject: Subject,
  { store }: EngineContext,
  backend: Backend,
  { rows, signal }: Task,
): Promise<PreparedScore<Subject & PlannedRun>> {
  const planned = await planRun(subject, request, rows.runId !== undefined, store, backend, { signal });
  const estimate = estimateOf(planned.plan, ratesOf(subject.modelId, planned.plan, store));
  return { ...request, scoring: { ...subject, ...planned }, estimate };
}
