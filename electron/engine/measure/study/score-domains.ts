// Scores the demos of several domains with one loaded model, once and in rounds. Stored runs are reused.
import type { Criterion } from '../../../contract/criteria.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import type { CompareRequest, Grouping } from '../../../contract/requests.ts';
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
import { countsOfRounds } from '../../experts/scoring/plan-rounds.ts';
import { scoreRounds } from '../../experts/scoring/rounds.ts';
import type { RunTools } from '../../experts/scoring/score-run.ts';
import { resolveKeep } from '../../experts/selection/keep-count.ts';
import type { DemoSums } from '../../experts/selection/ordered-demos.ts';
import type { Store } from '../../store/database.ts';
import { loadDemoSums, scoredPositions } from '../../store/demo-scores.ts';
import { leadingOf, type ScoredDomain } from './choose.ts';
import { scoresOfFewer } from './fewer-demos.ts';
import { learnDictionary, USUAL_DICTIONARY } from '../slow-criteria/dictionary.ts';
import { observeDemos, observingFor, observingPasses, type Observing } from '../slow-criteria/observe-demos.ts';
import { eliminationSample, type EliminationSample } from '../slow-criteria/eliminate-experts.ts';
import { eliminates } from '../slow-criteria/register.ts';
import { partsOf } from './parts.ts';

export type StudiedDomain = Omit<ScoredDomain, 'eliminated'> & {
  /** The run in which all experts took part. */
  readonly runId: number;
  readonly demos: readonly ChoosingDemo[];
  readonly tokens: number;
  /** The sample on which experts are removed one by one; null: no criterion needs it. */
  readonly sample: EliminationSample | null;
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
  const { placement, grouping } = request;
  using backend = new Backend(placement.gpu, host);
  const importance = collectsImportance(request);
  const opened = await openModel(request.model, backend);
  const prepared: PreparedSubject[] = [];
  for (const { domain, files } of request.demos) {
    const demos = { kind: 'files' as const, files, domain };
    prepared.push(
      await prepareSubject({ ...request, model: opened, demos, importance }, context, backend, task, {
        placedBefore: prepared[0],
        prediction: false,
      }),
    );
  }
  const { info, placed } = prepared[0]!;
  await check(prepared.flatMap(({ demos }) => demos));

  const counts = [...new Set(request.keep.map((spec) => resolveKeep(spec, info.nExpert)))];
  const plans = plansFor(counts, request, info);
  const criterion = leadingOf(request.criteria);
  const observing = observingOf(request);
  const eliminating = eliminates(request.criteria);
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
    domains.push(
      await scoreDomain(
        scoring,
        plans,
        { criterion, tokens, fewer, grouping, importance, observing, eliminating },
        tools,
      ),
    );
  }
  return { info, counts, tokens, domains };
}

/** What is observed in addition to scoring; null: nothing. */
export function observingOf({
  criteria,
  groups = false,
  ...files
}: Pick<CompareRequest, 'criteria' | 'groups' | 'merged' | 'texts'>): Observing | null {
  return observingFor(criteria, { groups, merged: mergesExperts(files) });
}

/** Whether files with merged experts are made, which happens only for measuring. */
export function mergesExperts({ merged = false, texts }: Pick<CompareRequest, 'merged' | 'texts'>): boolean {
  return merged && texts.length > 0;
}

/** Whether the pass with all experts collects the importance matrix that files are quantised by. */
export function collectsImportance({ types = [], texts, imatrix }: CompareRequest): boolean {
  return types.length > 0 && texts.length > 0 && imatrix === undefined;
}

/** The distinct choices of tokens. */
export function tokenChoices({ tokens }: Pick<CompareRequest, 'tokens'>, info: ModelInfo): TokenChoice[] {
  return [...new Set(tokens ?? [defaultTokens(info.moeLayers)])];
}

/** A number of rounds towards a count, with the number of experts in each round. */
type Plan = { readonly rounds: number; readonly keep: number; readonly experts: readonly number[] };

/** The plans: one round with all experts, then every number of rounds towards each count. */
function plansFor(counts: readonly number[], { rounds, grouping }: CompareRequest, info: ModelInfo): Plan[] {
  const several = Array.from({ length: rounds - 1 }, (_, i) => i + 2);
  const towards = counts.flatMap((keep) => several.map((n) => ({ rounds: n, keep })));
  return [{ rounds: 1, keep: info.nExpert }, ...towards].map((plan) => ({
    ...plan,
    experts: countsOfRounds(null, { ...plan, grouping }, info),
  }));
}

async function scoreDomain(
  scoring: PreparedSubject,
  plans: readonly Plan[],
  {
    importance,
    observing,
    eliminating,
    fewer,
    tokens: [leading = 'all', ...others],
    ...how
  }: {
    readonly criterion: Criterion;
    readonly tokens: readonly TokenChoice[];
    readonly fewer: { readonly counts: readonly number[]; readonly seeds: number };
    readonly grouping: Grouping;
    readonly importance: boolean;
    readonly observing: Observing | null;
    readonly eliminating: boolean;
  },
  tools: RunTools,
): Promise<StudiedDomain> {
  const { store, task } = tools;
  const totals = new RunTotals(store);
  const parts = partsOf(task, [
    ...plans.map(({ experts }) => experts.length),
    ...(observing ? [observingPasses(observing.wanted)] : []),
  ]);
  const scored: (ScoredDomain['rounds'][number] & { readonly runId: number; readonly maxNorm: Float32Array | null })[] =
    [];
  for (const [index, { rounds, keep, experts }] of plans.entries()) {
    const part = parts[index] ?? task;
    const round = { mask: null, counts: experts, ...how, tokens: leading, importance: importance && rounds === 1 };
    const outcome = await scoreRounds(scoring, round, anyRun, { ...tools, task: part });
    const runId = outcome.rounds.at(-1)!.run.id;
    const { sums, maxNorm } = await totals.of(runId, leading, task.signal);
    scored.push({ rounds, keep, runId, sums, maxNorm, scoredUnder: outcome.mask?.kept ?? null });
    part.progress(1, 1, 'permille');
  }
  const [once, ...inRounds] = scored;
  const { domain, demos } = scoring;
  const { runId, sums, maxNorm } = once!;
  const compared: StudiedDomain['others'][number][] = [];
  for (const tokens of others) compared.push({ tokens, sums: (await totals.of(runId, tokens, task.signal)).sums });
  const observed = observing && (await observe(scoring, leading, observing, { ...tools, task: parts.at(-1) ?? task }));
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
      { ...fewer, criterion: how.criterion },
      shapeOf(scoring.info),
      task.signal,
    ),
    rounds: inRounds,
    observed,
    sample: eliminating ? eliminationSample(scoring, leading) : null,
  };
}

/** The sums of a run's demos, each read on demand. */
export function demoSumsOf(store: Store, runId: number, tokens: TokenChoice | undefined): DemoSums {
  const positions = scoredPositions(store, runId);
  return { count: positions.length, at: (i) => loadDemoSums(store, runId, positions[i] ?? -1, tokens) };
}

async function observe(
  scoring: PreparedSubject,
  tokens: TokenChoice,
  { wanted, dictionary }: Observing,
  tools: RunTools,
): Promise<ScoredDomain['observed']> {
  const observation = await observeDemos(scoring, tokens, wanted, tools);
  const { windows, nLayers, nExpert } = observation;
  return {
    observation,
    dictionary: dictionary
      ? await learnDictionary(windows, nLayers * nExpert, USUAL_DICTIONARY, tools.task.signal)
      : null,
  };
}

/** Allows stored runs: with the same demos and settings they are as good as new ones. */
function anyRun(): { finished: boolean; unfinished: boolean } {
  return { finished: true, unfinished: true };
}

function tokensOf({ demos }: PreparedSubject): number {
  return demos.reduce((sum, demo) => sum + demo.tokens, 0);
}
