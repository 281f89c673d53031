// Prepares a scoring before the model is loaded: what is scored, where the model will lie and what that takes.
import type { ModelIdentity } from '../../../contract/model-info.ts';
import type { EstimateWarning, ScoringEstimate } from '../../../contract/api/runs.ts';
import type { DemoSource, ScoreRequest } from '../../../contract/requests.ts';
import type { Sentence } from '../../../contract/sentences.ts';
import { Backend } from '../../base/backend/backend.ts';
import type { OpenedSource } from '../../demos/collect-demos.ts';
import { SOON_READ, knownIdentity } from '../../models/identity.ts';
import type { ReadModel } from '../../models/inspect.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import { toEstimate } from '../../models/placement/cost.ts';
import { type PlannedRun, type ScoreOptions, planRun, runRates } from './plan-run.ts';
import { countedSubject, openScored, readSubject } from './scored-subject.ts';

/** The demos and where the model will lie, shared by all passes over them. */
export type PreparedSubject = Awaited<ReturnType<typeof readSubject>> & PlannedRun;

/** Everything that is decided about a request before the model is loaded. */
export type PreparedScore = ScoreOptions & {
  readonly scoring: PreparedSubject;
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
  const planned = await planRun(subject, request, task, context.store, backend);
  const estimate = toEstimate(planned.plan, runRates(subject.modelId, planned.plan, context.store));
  return { ...request, scoring: { ...subject, ...planned }, estimate };
}

/**
 * The same for an estimate only, from the model's headers.
 * @returns unwritten: what the chat template leaves out of the demos
 * @throws WinnowError as `prepareScore`
 */
export async function estimateScore(
  request: ScoreRequest,
  context: EngineContext,
  task: Task,
): Promise<ScoringEstimate & { readonly unwritten: readonly Sentence[] }> {
  using backend = new Backend(request.placement.gpu, context.host);
  const opened = await openScored(request.model, backend, task);
  const subject = await countedSubject(opened, request, context, backend, task);
  const { modelId, info, unwritten } = subject;
  const { plan } = await planRun(subject, request, task, context.store, backend);
  const estimate = toEstimate(plan, runRates(modelId, plan, context.store));
  const warnings = firstReading(info.bytes, await knownIdentity(info.parts, context.identities));
  return { ...estimate, warnings: [...estimate.warnings, ...warnings], unwritten };
}

/** A warning that the whole model is read first, if that takes long enough to mention. */
export function firstReading(bytes: number, identity: ModelIdentity | null): EstimateWarning[] {
  return identity === null && bytes >= SOON_READ ? [{ key: 'readFirst', bytes }] : [];
}
