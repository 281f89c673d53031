// The score use case: demos in, a stored run out, or one for each round. An interrupted run goes on where it stopped.
import type { ModelInfo } from '../../contract/model-info.ts';
import type { ScoreRequest } from '../../contract/requests.ts';
import { WinnowError } from '../../contract/errors.ts';
import { Backend } from '../backend/backend.ts';
import { loadModel, type LoadedModel } from '../backend/load-model.ts';
import type { EngineContext, Task } from '../context.ts';
import { checkKept } from '../pruning/check-kept.ts';
import { selectOptions } from '../selection/choose-experts.ts';
import { resolveKeep } from '../selection/keep-count.ts';
import { layerRules } from '../selection/layer-rules.ts';
import { getScoreRun, type RunDemo } from '../store/score-runs.ts';
import { prepareScoring } from './prepare-scoring.ts';
import { isUngrouped, nextMask, roundCounts } from './rounds.ts';
import { maskOfRun, type RunMask } from './run-mask.ts';
import { scoreRun, type RunTools, type ScoredPass } from './score-run.ts';

export type Round = {
  /** Experts a layer that took part. */
  readonly experts: number;
  readonly run: ScoredPass;
};

export type ScoredRun = {
  readonly info: ModelInfo;
  readonly domain: string;
  readonly demos: readonly RunDemo[];
  readonly tokens: number;
  /** The last round's. */
  readonly run: ScoredPass;
  /** What it was scored under; null: all experts took part. */
  readonly mask: RunMask | null;
  /** In their order, at least one. */
  readonly rounds: readonly Round[];
};

/**
 * @throws WinnowError of inspecting, importing, loading and scoring; MASK_INVALID, SELECTION_IMPOSSIBLE; CANCELLED keeps
 * what is done
 */
export async function runScoring(request: ScoreRequest, context: EngineContext, task: Task): Promise<ScoredRun> {
  using backend = new Backend(request.placement.gpu, context.host);
  const { store } = context;
  const scoring = await prepareScoring(request, store, backend, task);
  const { info, domain, demos } = scoring;
  let mask = requestedMask(request, info, task);
  const counts = countsOfRounds(request, info, mask);
  const tools = { store, backend, model: lazily(() => load(backend, info, request, task)) };
  const stored = reusable(request, context, info, task);

  const rounds: Round[] = [];
  for (const [index, experts] of counts.entries()) {
    const before = rounds.at(-1);
    if (before && request.rounds) {
      const next = { experts, criterion: request.rounds.criterion, grouping: request.grouping ?? 'ungrouped' };
      mask = await nextMask(store, { runId: before.run.id, mask }, info, next, task.signal);
    }
    const run = await scoreRun(scoring, mask, stored(experts), { ...tools, task: partOf(task, index, counts.length) });
    rounds.push({ experts, run });
  }
  const { run } = rounds.at(-1)!;
  return { info, domain, demos, tokens: demos.reduce((sum, demo) => sum + demo.tokens, 0), run, mask, rounds };
}

/** @throws WinnowError MASK_INVALID, SELECTION_IMPOSSIBLE: it does not fit the model */
function requestedMask({ mask, grouping = 'ungrouped' }: ScoreRequest, info: ModelInfo, task: Task): RunMask | null {
  if (mask === undefined) return null;
  const warnings: string[] = [];
  checkKept(info, { kept: mask, grouping, allowFewerUsed: false }, warnings);
  warnings.forEach((warning) => task.log(warning));
  return { kept: mask, ungrouped: isUngrouped(info, grouping) };
}

/** @throws WinnowError USAGE, SELECTION_IMPOSSIBLE: the last round cannot keep so many */
function countsOfRounds(request: ScoreRequest, info: ModelInfo, mask: RunMask | null): number[] {
  const start = mask?.kept[0]?.length ?? info.nExpert;
  if (!request.rounds) return [start];
  const keep = resolveKeep(request.rounds.keep, info.nExpert);
  if (keep > start) {
    throw new WinnowError('SELECTION_IMPOSSIBLE', `The mask leaves ${start} experts a layer, so ${keep} cannot be kept.`, { keep, start }); // prettier-ignore
  }
  const grouping = request.grouping ?? 'ungrouped';
  const options = selectOptions(info, { keep, grouping, mix: 'shares', pins: [], drops: [] });
  layerRules(options, info.moeLayers.length, info.nExpert);
  const unit = Math.max(1, info.expertsPerBlock) * Math.max(1, options.nGroups ?? 1);
  return roundCounts({ start, keep, rounds: request.rounds.count, unit });
}

/**
 * Which stored runs a round may use. Queued again, a job that was to score afresh uses the rounds that it made itself:
 * it had come to the one with the fewest experts.
 */
function reusable({ fresh }: ScoreRequest, { store }: EngineContext, info: ModelInfo, { rows }: Task) {
  const begun = rows.runId === undefined ? undefined : getScoreRun(store, rows.runId);
  const reached = begun && (maskOfRun(begun.settings)?.kept[0]?.length ?? info.nExpert);
  return (experts: number) => ({
    finished: !fresh || (reached !== undefined && experts > reached),
    unfinished: !fresh || begun !== undefined,
  });
}

async function load(backend: Backend, info: ModelInfo, { placement }: ScoreRequest, task: Task): Promise<LoadedModel> {
  return loadModel(backend, info, placement, {
    signal: task.signal,
    onProgress: (loaded, total) => task.about({ step: { key: 'loading', done: Math.round((100 * loaded) / total), total: 100 } }), // prettier-ignore
  });
}

function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

/** One of several equal parts of the job, as far as its progress goes. */
function partOf(task: Task, part: number, parts: number): RunTools['task'] {
  return {
    signal: task.signal,
    about: task.about,
    progress: (done, total, unit) => task.progress(part * total + done, parts * total, unit),
  };
}
