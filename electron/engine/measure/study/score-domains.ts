// Scores the demos of several domains with one loaded model. Stored runs are reused.
import type { Criterion } from '../../../contract/criteria.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import type { CompareRequest } from '../../../contract/requests.ts';
import { defaultTokens, type TokenChoice } from '../../../contract/token-classes.ts';
import { Backend } from '../../base/backend/backend.ts';
import { openModel } from '../../models/inspect.ts';
import type { IdentifiedInfo } from '../../models/identity.ts';
import { loadOnce } from '../../models/placement/load-model.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import type { ChoosingDemo } from '../../write/pruning/choosing-demos.ts';
import { RunTotals } from '../../experts/runs/run-totals.ts';
import { shapeOf } from '../../experts/runs/stored-run.ts';
import { prepareSubject, type PreparedSubject } from '../../experts/scoring/prepare-scoring.ts';
import { scoreRun } from '../../experts/scoring/score-run.ts';
import type { RunTools } from '../../experts/scoring/score-run.ts';
import { resolveKeep } from '../../experts/selection/keep-count.ts';
import type { DemoSums } from '../../experts/selection/ordered-demos.ts';
import type { Store } from '../../store/database.ts';
import { loadDemoSums, scoredPositions } from '../../store/demo-scores.ts';
import { leadingOf, type ScoredDomain } from './choose.ts';
import { scoresOfFewer } from './fewer-demos.ts';
import { partsOf } from './parts.ts';

type StudiedDomain = ScoredDomain & {
  readonly runId: number;
  readonly demos: readonly ChoosingDemo[];
  readonly tokens: number;
};

type ScoredDomains = {
  readonly info: IdentifiedInfo;
  /** Counts of experts kept per layer, as requested. */
  readonly counts: readonly number[];
  /** Choices of tokens, the leading one first. */
  readonly tokens: readonly TokenChoice[];
  readonly domains: readonly StudiedDomain[];
};

/**
 * Scores all domains.
 * @param check receives all demos before any is scored
 * @throws WinnowError from scoring; CANCELLED: what is done is kept
 */
export async function scoreDomains(
  request: CompareRequest,
  context: EngineContext,
  task: Task,
  check: (demos: readonly ChoosingDemo[]) => Promise<void>,
): Promise<ScoredDomains> {
  const { store, host } = context;
  const { placement } = request;
  using backend = new Backend(placement.gpu, host);
  const opened = await openModel(request.model, backend);
  const prepared: PreparedSubject[] = [];
  for (const { domain, files } of request.demos) {
    const demos = { kind: 'files' as const, files, domain };
    prepared.push(
      await prepareSubject({ ...request, model: opened, demos }, context, backend, task, {
        placedBefore: prepared[0],
        prediction: false,
      }),
    );
  }
  const { info, placed } = prepared[0]!;
  await check(prepared.flatMap(({ demos }) => demos));

  const counts = [...new Set(request.keep.map((spec) => resolveKeep(spec, info.nExpert)))];
  const criterion = leadingOf(request.criteria);
  const tokens = tokenChoices(request, info);
  const fewer = { counts: request.demoCounts ?? [], seeds: request.seeds };
  const model = loadOnce(backend, info, placement, { placed: placed.load, signal: task.signal });
  const parts = partsOf(
    task,
    prepared.map((scoring) => tokensOf(scoring)),
  );
  const domains: StudiedDomain[] = [];
  for (const [index, scoring] of prepared.entries()) {
    const tools = { store, backend, model, task: parts[index] ?? task };
    domains.push(await scoreDomain(scoring, { criterion, tokens, fewer }, tools));
  }
  return { info, counts, tokens, domains };
}

/** The distinct choices of tokens. */
function tokenChoices({ tokens }: Pick<CompareRequest, 'tokens'>, info: ModelInfo): TokenChoice[] {
  return [...new Set(tokens ?? [defaultTokens(info.moeLayers)])];
}

async function scoreDomain(
  scoring: PreparedSubject,
  {
    criterion,
    fewer,
    tokens: [leading = 'all', ...others],
  }: {
    readonly criterion: Criterion;
    readonly tokens: readonly TokenChoice[];
    readonly fewer: { readonly counts: readonly number[]; readonly seeds: number };
  },
  tools: RunTools,
): Promise<StudiedDomain> {
  const { store, task } = tools;
  const totals = new RunTotals(store);
  // stored runs with the same demos and settings are as good as new ones
  const { id: runId } = await scoreRun(scoring, { finished: true, unfinished: true }, tools, false);
  const { sums, maxNorm } = await totals.of(runId, leading, task.signal);
  task.progress(1, 1, 'permille');
  const { domain, demos } = scoring;
  const compared: StudiedDomain['others'][number][] = [];
  for (const tokens of others) compared.push({ tokens, sums: (await totals.of(runId, tokens, task.signal)).sums });
  return {
    domain,
    demos,
    tokens: tokensOf(scoring),
    runId,
    sums,
    maxNorm,
    others: compared,
    fewer: await scoresOfFewer(
      demoSumsOf(store, runId, leading),
      { ...fewer, criterion },
      shapeOf(scoring.info),
      task.signal,
    ),
  };
}

/** The sums of a run's demos, each read on demand. */
function demoSumsOf(store: Store, runId: number, tokens: TokenChoice | undefined): DemoSums {
  const positions = scoredPositions(store, runId);
  return { count: positions.length, at: (i) => loadDemoSums(store, runId, positions[i] ?? -1, tokens) };
}

function tokensOf({ demos }: PreparedSubject): number {
  return demos.reduce((sum, demo) => sum + demo.tokens, 0);
}
