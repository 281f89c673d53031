// The score use case: demo files in, a stored run out. An interrupted run goes on where it stopped.
import { basename } from 'node:path';
import type { ExpertSums } from '../../contract/criteria.ts';
import type { ModelInfo } from '../../contract/model-info.ts';
import type { ScoreRequest } from '../../contract/requests.ts';
import { llamaSource } from '../../../native/index.ts';
import { Backend } from '../backend/backend.ts';
import { loadModel, loadVocabulary } from '../backend/load-model.ts';
import { placeModel } from '../backend/placement.ts';
import type { EngineContext, Task } from '../context.ts';
import { WinnowError } from '../../contract/errors.ts';
import { gatherDemos, type GatheredDemo } from '../demos/gather.ts';
import { inspectModel, requirePrunable } from '../models/inspect.ts';
import { addDemos, ensureDomain } from '../store/demos.ts';
import { loadDemoScores, saveDemoScores, scoredPositions } from '../store/demo-scores.ts';
import { rememberModel } from '../store/models.ts';
import {
  claimScoreRun,
  createScoreRun,
  findDoneRun,
  findResumableRun,
  finishScoreRun,
  settingsHash,
  type RunDemo,
} from '../store/score-runs.ts';
import { addSums, emptySums } from './criteria.ts';
import { scoreDemos, type DemoScores } from './score.ts';
import { tokenizeDemos } from './tokenize.ts';

/** Raise it when a change of the code changes scores: stored runs of another version are not reused. */
const SCORING_VERSION = 1;
/** Tokens that are remembered for each expert and demo, to explain the expert. */
const TOP_TOKENS = 3;

export type ScoredDemo = RunDemo & { readonly sums: ExpertSums };

export type ScoreOutcome = {
  readonly info: ModelInfo;
  readonly domain: string;
  readonly demos: readonly ScoredDemo[];
  readonly tokens: number;
  /** All demos added up. */
  readonly total: ExpertSums;
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
export async function runScoring(request: ScoreRequest, context: EngineContext, task: Task): Promise<ScoreOutcome> {
  using backend = new Backend(request.placement.gpu, context.host);
  const { info } = await inspectModel(request.model, backend);
  requirePrunable(info);
  const gathered = await gatherDemos(request.demoFiles, request.limit);
  gathered.warnings.forEach((warning) => task.log(warning));

  const domain = request.domain ?? basename(request.demoFiles[0] ?? 'demos').replace(/\.[^.]+$/, '');
  const { store } = context;
  const stored = rememberModel(store, info);
  const domainId = ensureDomain(store, domain).id;
  const used = new Set(gathered.demos.map(({ hash }) => hash));
  for (const { path, demos } of gathered.reports) {
    addDemos(store, domainId, path, demos.filter(({ hash }) => used.has(hash))); // prettier-ignore
  }

  const vocabulary = await loadVocabulary(backend, info);
  const tokenized = await tokenizeDemos(gathered.demos, vocabulary, request.maxTokens, backend);
  tokenized.warnings.forEach((warning) => task.log(warning));
  if (tokenized.demos.length === 0) {
    throw new WinnowError('DEMOS_EMPTY', `The demos of ${request.demoFiles.join(', ')} have no tokens.`);
  }
  const ids = new Map(gathered.demos.map((demo: GatheredDemo) => [demo.hash, demo.id]));
  const runDemos = tokenized.demos.map(({ hash, tokens }) => ({
    hash,
    id: ids.get(hash) ?? hash,
    tokens: tokens.length,
  }));

  const settings: RunSettings = {
    version: SCORING_VERSION,
    llama: llamaSource().tag,
    nUbatch: request.nUbatch,
    maxTokens: request.maxTokens,
    placement: await placeModel(info, request.placement, backend),
    threads: request.placement.threads,
  };
  const key = [stored.id, settingsHash(settings), runDemos.map(({ hash }) => hash)] as const;

  const collect = (id: number, run: Omit<ScoreOutcome['run'], 'id'>): ScoreOutcome => {
    const total = emptySums(info.moeLayers.length, info.nExpert);
    const demos = loadDemoScores(store, id).map(({ position, sums }) => {
      addSums(total, sums);
      const demo = runDemos[position];
      if (!demo) throw new WinnowError('STORE', `Run ${id} holds scores of a demo that is not in it.`);
      return { ...demo, sums };
    });
    const tokens = runDemos.reduce((sum, demo) => sum + demo.tokens, 0);
    return { info, domain, demos, tokens, total, run: { id, ...run } };
  };

  const done = request.fresh ? undefined : findDoneRun(store, ...key);
  if (done) return collect(done.id, { reused: true, resumed: false, seconds: 0, tokens: 0, tappedBytes: 0 });

  const model = await loadModel(backend, info, request.placement, { signal: task.signal });
  const resumable = request.fresh ? undefined : findResumableRun(store, ...key);
  const resumed = resumable !== undefined && claimScoreRun(store, resumable.id);
  const runId = resumed
    ? resumable.id
    : createScoreRun(store, { modelId: stored.id, domain, settings, demos: runDemos }).id;

  const scored = new Set(scoredPositions(store, runId));
  const sink = {
    isScored: (demo: number) => scored.has(demo),
    save: (scores: readonly { demo: number; scores: DemoScores }[]) =>
      saveDemoScores(store, runId, scores.map(({ demo, scores: s }) => ({ position: demo, sums: s.sums, contribution: s.contribution, top: packTop(s) }))), // prettier-ignore
  };
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  try {
    const pass = await scoreDemos(
      tokenized.demos,
      info,
      model,
      { nUbatch: request.nUbatch, nTop: TOP_TOKENS, threads: request.placement.threads },
      sink,
      backend,
      { signal: task.signal, onProgress: (done, total) => task.progress(done, total, 'tokens') },
    );
    finishScoreRun(store, runId, 'done', seconds());
    return collect(runId, { reused: false, resumed, seconds: seconds(), ...pass });
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

/** Positions and values one after the other, as one blob. */
function packTop({ topPosition, topValue }: DemoScores): Uint8Array {
  const bytes = new Uint8Array(topPosition.byteLength + topValue.byteLength);
  bytes.set(new Uint8Array(topPosition.buffer, topPosition.byteOffset, topPosition.byteLength));
  bytes.set(new Uint8Array(topValue.buffer, topValue.byteOffset, topValue.byteLength), topPosition.byteLength);
  return bytes;
}
