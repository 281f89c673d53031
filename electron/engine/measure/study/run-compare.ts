// The compare use case: compares criteria on the same stored runs, measured inside their
// domains and outside them.
import type { EvaluationFigures } from '../../../contract/api/evaluations.ts';
import type { Criterion } from '../../../contract/criteria.ts';
import type { CompareRequest } from '../../../contract/requests.ts';
import type { TokenChoice } from '../../../contract/token-classes.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import { choosingDemosOfFile, type ChoosingDemo } from '../../write/pruning/choosing-demos.ts';
import { DemoCopies } from '../../write/pruning/demo-copies.ts';
import { requireApart } from '../evaluation/keep-apart.ts';
import type { IdentifiedInfo } from '../../models/identity.ts';
import { openFile } from '../../models/inspect.ts';
import { chooseAll, leadingOf } from './choose.ts';
import { overlapOf, type DomainOverlap } from './overlap.ts';
import { measureChoices } from './measure.ts';
import { partsOf } from './parts.ts';
import { scoreDomains } from './score-domains.ts';
import type { StudyRow } from './summary.ts';
import { checkRequest, readTexts, workOf } from './request.ts';
import { studyRows } from './rows.ts';

export type Study = {
  readonly info: IdentifiedInfo;
  /** The leading criterion, which fewer demos and overlap use. */
  readonly criterion: Criterion;
  /** Choices of tokens by which experts were ranked: the first one unless a row says otherwise. */
  readonly tokens: readonly TokenChoice[];
  /** Counts of experts kept per layer. */
  readonly counts: readonly number[];
  readonly domains: readonly {
    readonly domain: string;
    readonly demos: number;
    readonly tokens: number;
    readonly runId: number;
  }[];
  /** The full model's figures. */
  readonly texts: readonly { readonly text: string; readonly result: EvaluationFigures }[];
  readonly rows: readonly StudyRow[];
  /** Overlap between domains, for each count; empty for a single domain. */
  readonly overlap: readonly DomainOverlap[];
};

/**
 * Runs a comparison. Finished runs and measurements are kept, so that the same request can resume.
 * @throws WinnowError USAGE, CALIBRATION_OVERLAP, and from scoring, choosing and measuring; CANCELLED
 */
export async function runCompare(request: CompareRequest, context: EngineContext, task: Task): Promise<Study> {
  checkRequest(request);
  const texts = await readTexts(request, context, task);
  const [scoring, measuring] = partsOf(task, sizes(request)) as [Task, Task];
  const { headers } = await openFile(request.model, context.host);
  const before = choosingDemosOfFile(context.store, headers[0]?.kv ?? {});
  const apart = async (demos: readonly ChoosingDemo[]): Promise<void> =>
    requireApart(await DemoCopies.of(context.store, [...before, ...demos], task.signal), texts, task);
  const { info, counts, tokens, domains } = await scoreDomains(request, context, scoring, apart);
  const choices = await chooseAll(domains, info, { ...request, counts }, task.signal);
  const names = domains.map(({ domain }) => domain);
  const measured = await measureChoices(
    { choices: texts.length > 0 ? choices : [], texts, info },
    request,
    context,
    measuring,
  );

  const criterion = leadingOf(request.criteria);
  const leading = choices.filter(({ method }) => method === criterion);
  return {
    info,
    criterion,
    tokens,
    counts,
    domains: domains.map(({ domain, demos, tokens, runId }) => ({ domain, demos: demos.length, tokens, runId })),
    texts: measured.full,
    rows: studyRows(measured.choices, criterion, names),
    overlap: domains.length < 2 ? [] : counts.map((count) => overlapOf(leading.filter(({ keep }) => keep === count))),
  };
}

/** Relative sizes of the work's parts, assuming that a pass over a domain's demos takes as long as one over a text. */
function sizes(request: CompareRequest): number[] {
  const { passes, previews } = workOf(request);
  return [passes, previews * request.texts.length];
}
