// The score use case: demos in, a stored run out. An interrupted run goes on where it stopped.
import type { ModelInfo } from '../../contract/model-info.ts';
import type { ScoreRequest } from '../../contract/requests.ts';
import { WinnowError } from '../../contract/errors.ts';
import { llamaSource } from '../../../native/index.ts';
import { Backend } from '../backend/backend.ts';
import { loadModel, loadVocabulary } from '../backend/load-model.ts';
import { placeModel } from '../backend/placement.ts';
import type { EngineContext, Task } from '../context.ts';
import { inspectModel, requirePrunable } from '../models/inspect.ts';
import type { Store } from '../store/database.ts';
import { saveDemoScores, scoredPositions } from '../store/demo-scores.ts';
import { rememberModel } from '../store/models.ts';
import { interruptOwn } from '../store/owner.ts';
import {
  claimScoreRun,
  createScoreRun,
  findDoneRun,
  findResumableRun,
  finishScoreRun,
  settingsHash,
  type NewScoreRun,
  type RunDemo,
} from '../store/score-runs.ts';
import { collectDemos, type DemoSet } from './demo-source.ts';
import { scoreDemos, type ScorePass, type ScoreSink } from './score.ts';
import { packTop } from './token-blobs.ts';
import { tokenizeDemos, type TokenizedDemo } from './tokenize.ts';

/** Raise it when a change of the code changes scores: stored runs of another version are not reused. */
const SCORING_VERSION = 1;
/** Tokens that are remembered for each expert and demo, to explain the expert. */
const TOP_TOKENS = 3;

export type ScoredRun = {
  readonly info: ModelInfo;
  readonly domain: string;
  readonly demos: readonly RunDemo[];
  readonly tokens: number;
  readonly run: {
    readonly id: number;
    /** Stored earlier, nothing was computed. */
    readonly reused: boolean;
    readonly resumed: boolean;
    /** Of this call's scoring pass, loading aside. */
    readonly seconds: number;
    /** That this call scored. */
    readonly tokens: number;
    readonly tappedBytes: number;
  };
};

/** What has an influence on the scores' bits, besides model and demos. */
type RunSettings = {
  readonly version: number;
  readonly llama: string;
  readonly nUbatch: number;
  readonly maxTokens: number;
  /** As placed, not as asked for: "auto" may mean something else tomorrow. */
  readonly placement: Awaited<ReturnType<typeof placeModel>>;
  /** llama.cpp splits a lone token's attention by thread. */
  readonly threads: number;
};

/**
 * @throws WinnowError of inspecting, importing, loading and scoring; CANCELLED keeps what is done
 */
export async function runScoring(request: ScoreRequest, context: EngineContext, task: Task): Promise<ScoredRun> {
  using backend = new Backend(request.placement.gpu, context.host);
  const { store } = context;
  const { info } = await inspectModel(request.model, backend);
  requirePrunable(info);
  const set = await collectDemos(request.demos, request.limit, store, task.signal);
  set.warnings.forEach((warning) => task.log(warning));
  const modelId = rememberModel(store, info).id;
  const tokenized = await tokenize(set, info, request, backend, task);

  const settings: RunSettings = {
    version: SCORING_VERSION,
    llama: llamaSource().tag,
    nUbatch: request.nUbatch,
    maxTokens: request.maxTokens,
    placement: await placeModel(info, request.placement, backend),
    threads: request.placement.threads,
  };
  const demos = runDemos(set, tokenized);
  const run: NewScoreRun = { modelId, domain: set.domain, settings, demos };
  const scored = { info, domain: set.domain, demos, tokens: demos.reduce((sum, demo) => sum + demo.tokens, 0) };

  const done = request.fresh ? undefined : findDoneRun(store, ...sameRun(run));
  if (done) {
    task.about({ runId: done.id });
    return { ...scored, run: { id: done.id, reused: true, resumed: false, seconds: 0, tokens: 0, tappedBytes: 0 } };
  }
  const model = await loadModel(backend, info, request.placement, {
    signal: task.signal,
    onProgress: (loaded, total) => task.about({ step: { key: 'loading', done: Math.round((100 * loaded) / total), total: 100 } }), // prettier-ignore
  });
  // queued again, a job that was to score afresh goes on with the run that it began
  const begun = !request.fresh || task.rows.runId !== undefined;
  const { runId, resumed } = beginRun(store, run, begun);
  task.about({ runId });
  const { seconds, ...pass } = await recordRun(store, runId, info, () =>
    scoreDemos(
      tokenized,
      info,
      model,
      { nUbatch: request.nUbatch, nTop: TOP_TOKENS, threads: request.placement.threads },
      checkpoints(store, runId, demos.length, task),
      backend,
      { signal: task.signal, onProgress: (tokens, total) => task.progress(tokens, total, 'tokens') },
    ),
  );
  return { ...scored, run: { id: runId, reused: false, resumed, seconds, ...pass } };
}

/** @throws WinnowError DEMOS_EMPTY when no token is left */
async function tokenize(
  { domain, demos }: DemoSet,
  info: ModelInfo,
  { maxTokens }: ScoreRequest,
  backend: Backend,
  task: Task,
): Promise<readonly TokenizedDemo[]> {
  const vocabulary = await loadVocabulary(backend, info);
  const tokenized = await tokenizeDemos(demos, vocabulary, maxTokens, backend, {
    signal: task.signal,
    onProgress: (done, total) => task.about({ step: { key: 'tokenising', done, total } }),
  });
  tokenized.warnings.forEach((warning) => task.log(warning));
  if (tokenized.demos.length > 0) return tokenized.demos;
  throw new WinnowError('DEMOS_EMPTY', `The demos of "${domain}" have no tokens.`, { domain });
}

function runDemos({ demos }: DemoSet, tokenized: readonly TokenizedDemo[]): RunDemo[] {
  const ids = new Map(demos.map(({ hash, id }) => [hash, id]));
  return tokenized.map(({ hash, tokens }) => ({ hash, id: ids.get(hash) ?? hash, tokens: tokens.length }));
}

/** What makes two runs the same. */
function sameRun({ modelId, settings, demos }: NewScoreRun): [number, string, string[]] {
  return [modelId, settingsHash(settings), demos.map(({ hash }) => hash)];
}

/** @param mayResume an unfinished run of the same is gone on with */
function beginRun(store: Store, run: NewScoreRun, mayResume: boolean): { runId: number; resumed: boolean } {
  // a process scores one run at a time
  interruptOwn(store, 'score_runs');
  const resumable = mayResume ? findResumableRun(store, ...sameRun(run)) : undefined;
  if (resumable && claimScoreRun(store, resumable.id)) return { runId: resumable.id, resumed: true };
  return { runId: createScoreRun(store, run).id, resumed: false };
}

/** Writes down how the run ended, and how long its scoring pass took. */
async function recordRun(
  store: Store,
  runId: number,
  info: ModelInfo,
  pass: () => Promise<ScorePass>,
): Promise<ScorePass & { readonly seconds: number }> {
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  try {
    const result = await pass();
    finishScoreRun(store, runId, 'done', seconds());
    return { ...result, seconds: seconds() };
  } catch (error) {
    const cancelled = error instanceof WinnowError && error.code === 'CANCELLED';
    finishScoreRun(store, runId, cancelled ? 'cancelled' : 'failed', seconds());
    if (error instanceof WinnowError && error.code === 'BACKEND_CRASHED') {
      const message = `Scoring ${info.path} stopped: ${error.message} What was scored is kept: score again to go on.`;
      throw new WinnowError(error.code, message, error.details, error);
    }
    throw error;
  }
}

/** Saves each pack as it is done, and says how many demos are. */
function checkpoints(store: Store, runId: number, nDemos: number, task: Task): ScoreSink {
  const scored = new Set(scoredPositions(store, runId));
  const tell = (): void => task.about({ step: { key: 'scoring', done: scored.size, total: nDemos } });
  tell();
  return {
    isScored: (demo) => scored.has(demo),
    save: (scores) => {
      saveDemoScores(store, runId, scores.map(({ demo, scores: s }) => ({ position: demo, sums: s.sums, contribution: s.contribution, top: packTop(s) }))); // prettier-ignore
      for (const { demo } of scores) scored.add(demo);
      tell();
    },
  };
}
