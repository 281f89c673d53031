// One stored run: finds, resumes or begins it, and records its end.
import { setTimeout as delay } from 'node:timers/promises';
import { saidBy, WinnowError } from '../../../contract/errors.ts';
import { inEnglish, msg } from '../../../contract/sentences.ts';
import { Backend, type LoadedModel } from '../../base/backend/backend.ts';
import { failureReason, requireUnchanged, type IdentifiedInfo } from '../../models/identity.ts';
import { endedEarly, type Task, loadingStep } from '../../store/task.ts';
import { RunTotals } from '../runs/run-totals.ts';
import { matrixShape } from '../runs/stored-run.ts';
import { scoreMatrix } from '../selection/criteria.ts';
import { requireOrder } from '../selection/matrix-shares.ts';
import type { Store } from '../../store/database.ts';
import {
  saveDemoScores,
  scoredPositions,
  importancePositions,
  loadImportance,
  saveImportance,
} from '../../store/demo-scores.ts';
import { interruptOwn } from '../../store/owner.ts';
import {
  claimScoreRun,
  createScoreRun,
  findDoneRun,
  findResumableRun,
  findRunningRun,
  finishScoreRun,
  settingsHash,
  type SameRun,
  type ScoreRun,
  getScoreRun,
  type RunDemo,
} from '../../store/score-runs.ts';
import { noteRun } from './plan-run.ts';
import { scoreDemos, type ScoreSink } from './score.ts';
import { type PreparedSubject, prepareScore, type PreparedScore } from './prepare-scoring.ts';
import { skipsFirst } from './scored-subject.ts';
import type { ScoringEstimate } from '../../../contract/api/runs.ts';
import type { ScoreRequest } from '../../../contract/requests.ts';
import { loadModel } from '../../models/placement/load-model.ts';
import type { EngineContext } from '../../store/engine-context.ts';

type NewScoreRun = Parameters<typeof createScoreRun>[1];

/** How often it is looked whether another process has ended its run: on some systems a look takes up to a second. */
const LOOK_AGAIN_MS = 1000;

type ScoredPass = {
  readonly id: number;
  /** Whether the run was stored earlier, so that nothing was computed. */
  readonly reused: boolean;
  readonly resumed: boolean;
  /** Duration of this call's scoring pass, without loading. */
  readonly seconds: number;
  /** Tokens that this call scored. */
  readonly tokens: number;
  readonly tappedBytes: number;
};

/** The stored run of all demos, with all experts, that scoring would use or resume; undefined: it would begin a new one. */
export function storedRunOf(store: Store, scoring: PreparedSubject, importance: boolean): ScoreRun | undefined {
  const same = sameRun({ ...scoring, importance });
  return findDoneRun(store, ...same) ?? findResumableRun(store, ...same);
}

function sameRun({ modelId, settings, demos, importance }: NewScoreRun): Required<SameRun> {
  return [modelId, settingsHash(settings), demos.map(({ hash }) => hash), importance ?? false];
}

/** The finished run of the same work, once no other process works on it; undefined: it is to be computed here. @throws the signal's reason */
async function doneRun(store: Store, same: SameRun, { signal, log }: Task): Promise<ScoreRun | undefined> {
  for (let isSaid = false; ; isSaid = true) {
    // looked for first: it may end before the next look
    const elsewhere = findRunningRun(store, ...same);
    const done = findDoneRun(store, ...same);
    if (done || !elsewhere) return done;
    if (!isSaid) log(inEnglish(msg('scoredElsewhere', { run: elsewhere.id })));
    await delay(LOOK_AGAIN_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

type Begun = { readonly runId: number; readonly resumed: boolean };

/**
 * Resumes an unfinished run of the same work, or begins one.
 * @param finished, unfinished which stored runs may be used
 * @returns undefined: another process has begun it just now, or ended it
 */
function beginRun(
  store: Store,
  run: NewScoreRun,
  { finished, unfinished }: { readonly finished: boolean; readonly unfinished: boolean },
): Begun | undefined {
  const same = sameRun(run);
  return store.transaction(() => {
    if (finished && (findRunningRun(store, ...same) ?? findDoneRun(store, ...same))) return undefined;
    const resumable = unfinished ? findResumableRun(store, ...same) : undefined;
    if (resumable && claimScoreRun(store, resumable.id)) return { runId: resumable.id, resumed: true };
    return { runId: createScoreRun(store, run).id, resumed: false };
  });
}

/** Records how the run ended, and how long its scoring pass took. */
async function recordRun<Pass>(
  store: Store,
  runId: number,
  signal: AbortSignal,
  pass: () => Promise<Pass>,
): Promise<Pass & { readonly seconds: number }> {
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  try {
    const result = await pass();
    finishScoreRun(store, runId, 'done', seconds());
    return { ...result, seconds: seconds() };
  } catch (error) {
    endEarly(store, runId, signal, seconds());
    if (error instanceof WinnowError && error.code === 'BACKEND_CRASHED') {
      throw new WinnowError(error.code, msg('scoringStopped', { reason: saidBy(error) }), error.details, error);
    }
    throw error;
  }
}

function endEarly(store: Store, runId: number, signal: AbortSignal, seconds: number): void {
  try {
    finishScoreRun(store, runId, endedEarly(signal), seconds);
  } catch (error) {
    // a full disk or another process's claim: the original error says more, and the next run settles the row
    if (!(error instanceof WinnowError)) throw error;
  }
}

/** Saves each finished pack, as long as the model is unchanged, and reports the number of scored demos. */
function checkpoints(
  store: Store,
  { info, demos, importance }: NewScoreRun & { readonly info: IdentifiedInfo },
  runId: number,
  task: Task,
): ScoreSink {
  const scored = new Set(scoredPositions(store, runId));
  const tell = (): void => task.about({ step: { key: 'scoring', done: scored.size, total: demos.length } });
  tell();
  return {
    isScored: (demo) => scored.has(demo),
    save: async (scores) => {
      await requireUnchanged(info);
      saveDemoScores(
        store,
        runId,
        scores.map(({ demo: position, scores: ofDemo }) => ({ position, ...ofDemo })),
      );
      for (const { demo } of scores) scored.add(demo);
      tell();
    },
    importance: importance ? importanceSink(store, runId) : undefined,
  };
}

function importanceSink(store: Store, runId: number): ScoreSink['importance'] {
  return {
    seen: importancePositions(store, runId),
    load: () => loadImportance(store, runId),
    save: (inputs, demos) => saveImportance(store, runId, inputs, demos),
  };
}

export type ScoredRun = {
  readonly info: IdentifiedInfo;
  readonly domain: string;
  readonly demos: readonly RunDemo[];
  readonly tokens: number;
  /** The estimate made before the model was loaded. */
  readonly estimate: ScoringEstimate;
  readonly run: ScoredPass;
};

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
 * Takes up the stored run of the same work, or loads the model, scores and stores.
 * @param backend any worker
 * @throws WinnowError errors of loading and scoring; SCORES_INVALID: a layer has no scores; MODEL_CHANGED: somebody wrote to the model's
 * files meanwhile; CANCELLED keeps what is done
 */
export async function runPrepared(
  { placement, fresh, importance = false, scoring, estimate }: PreparedScore,
  { store }: EngineContext,
  backend: Backend,
  task: Task,
): Promise<ScoredRun> {
  const { info, modelId, domain, settings, tokenized, demos, taken, placed, paging, plan } = scoring;
  const run = { modelId, domain, settings, demos, importance, taken };
  const scored = (pass: ScoredPass): ScoredRun => {
    return { info, domain, demos, tokens: getScoreRun(store, pass.id)!.tokens, estimate, run: pass };
  };
  // a process scores one run at a time
  interruptOwn(store, 'score_runs');
  let begun: Begun | undefined;
  let model: LoadedModel | undefined;
  do {
    const done = fresh ? undefined : await doneRun(store, sameRun(run), task);
    if (done) {
      task.about({ runId: done.id });
      return scored({ id: done.id, reused: true, resumed: false, seconds: 0, tokens: 0, tappedBytes: 0 });
    }
    const { signal } = task;
    model ??= await loadModel(backend, info, placement, { placed: placed.load, signal, onProgress: loadingStep(task) });
    // with `fresh`, a job that is queued again goes on with the run that it began
    begun = beginRun(store, run, { finished: !fresh, unfinished: !fresh || task.rows.runId !== undefined });
  } while (!begun);
  const { runId, resumed } = begun;
  const loaded = model;
  task.about({ runId });
  const pass = await recordRun(store, runId, task.signal, async () => {
    const { signal } = task;
    const made = await scoreDemos(
      tokenized.map(({ tokens }) => tokens),
      info,
      loaded,
      { ...settings, paging, skipFirst: skipsFirst(info) },
      checkpoints(store, { ...run, info }, runId, task),
      backend,
      { signal, onProgress: (tokens, total) => task.progress(tokens, total, 'tokens') },
    ).catch(async (error: unknown) => {
      throw await failureReason(info, error);
    });
    // every layer must have scores: among experts that only write zeros, none can be chosen
    const { sums } = await new RunTotals(store).of(runId, signal);
    requireOrder(scoreMatrix('easy-ep', sums, matrixShape(info)), domain);
    return made;
  });
  noteRun(modelId, plan, pass, store);
  return scored({ id: runId, reused: false, resumed, ...pass });
}
