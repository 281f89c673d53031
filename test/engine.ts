// What clients ask for, as jobs of a queue in this process: with requests by paths, and with outcomes whole.
import { comparisonOfFiles } from '../electron/engine/measure/evaluation/comparison-request.ts';
import type { EvaluationOutcome } from '../electron/contract/api/evaluations.ts';
import type { JobKind, JobView } from '../electron/contract/api/jobs.ts';
import type { ExpertSums } from '../electron/contract/criteria.ts';
import { errorFromData, WinnowError } from '../electron/contract/errors.ts';
import type { FitResult } from '../electron/contract/fit.ts';
import type { EvaluateRequest, FitRequest, PruneRequest, ScoreRequest } from '../electron/contract/requests.ts';
import { msg } from '../electron/contract/sentences.ts';
import { jobWorks, type Jobs } from '../electron/engine/app/jobs/kinds.ts';
import { JobQueue, type JobContext, type JobWorks } from '../electron/engine/app/jobs/queue.ts';
import { forkWorker, type WorkerHost } from '../electron/engine/base/backend/worker-host.ts';
import { writeTextFile } from '../electron/engine/base/files/user-files.ts';
import { RunTotals } from '../electron/engine/experts/runs/run-totals.ts';
import type { ScoredRun } from '../electron/engine/experts/scoring/score-run.ts';
import { scoresDocument } from '../electron/engine/experts/scoring/scores-document.ts';
import { requestOfFiles } from '../electron/engine/measure/generation/generation-request.ts';
import { generationLedger, type StoredGeneration } from '../electron/engine/measure/generation/stored-generation.ts';
import { EngineContext } from '../electron/engine/store/engine-context.ts';
import { performJob } from './perform-job.ts';

/** How work is followed and stopped. */
export type Hooks = {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: {
    readonly done: number;
    readonly total: number;
    readonly etaMs?: number | undefined;
  }) => void;
  readonly onWarning?: (text: string) => void;
  /** What it will need is known: the work itself begins. */
  readonly onEstimate?: () => void;
  readonly onStep?: (step: NonNullable<JobView['step']>) => void;
};

/** A run, with the sums of all its demos. */
export type ScoreOutcome = ScoredRun & {
  readonly total: ExpertSums;
  readonly maxNorm: Float32Array;
};

export class Engine {
  readonly context: EngineContext;
  #queue: JobQueue<Jobs> | null = null;
  /** By the job's id: whole, as no database holds them. */
  readonly #outcomes = new Map<number, unknown>();

  constructor({ home, host = forkWorker }: { readonly home: string; readonly host?: WorkerHost }) {
    this.context = new EngineContext({ home, host });
  }

  /** Cancels what runs, waits for its end and closes the database. */
  async close(): Promise<void> {
    await this.#queue?.close();
    this.context.close();
  }

  async score(request: ScoreRequest, hooks?: Hooks): Promise<ScoreOutcome> {
    const scored = await this.run('score', request, hooks);
    const { sums: total, maxNorm } = await new RunTotals(this.context.store).of(scored.run.id);
    return { ...scored, total, maxNorm };
  }

  async writeScores(outcome: ScoreOutcome, path: string): Promise<void> {
    await writeTextFile(path, `${JSON.stringify(scoresDocument(outcome, { ...outcome, sums: outcome.total }))}\n`);
  }

  prune(request: PruneRequest, hooks?: Hooks): Promise<Jobs['export']['outcome']> {
    return this.run('export', request, hooks);
  }

  async evaluate(request: EvaluateRequest, hooks?: Hooks): Promise<EvaluationOutcome> {
    const { ofFile } = await this.run('evaluate', comparisonOfFiles(request), hooks);
    if (!ofFile) throw new RangeError('a file is measured on files');
    return ofFile;
  }

  fit(request: FitRequest, hooks?: Hooks): Promise<FitResult> {
    return this.run('fit', request, hooks);
  }

  /** The full model's first. */
  async checkGenerations(request: Parameters<typeof requestOfFiles>[0], hooks?: Hooks): Promise<StoredGeneration[]> {
    const { generationIds } = await this.run('generate', requestOfFiles(request, this.context.store), hooks);
    return generationIds.flatMap((id) => generationLedger(this.context.store).get(id) ?? []);
  }

  /** Runs a request as a job. @throws WinnowError as the work; CANCELLED */
  async run<Kind extends JobKind>(
    kind: Kind,
    request: Jobs[Kind]['request'],
    { signal, onProgress, onWarning, onEstimate, onStep }: Hooks = {},
  ): Promise<Jobs[Kind]['outcome']> {
    if (signal?.aborted) throw new WinnowError('CANCELLED', msg('cancelledBefore'));
    this.#queue ??= new JobQueue(this.context.store, keeping(jobWorks(this.context), this.#outcomes));
    const queue = this.#queue;
    const id = queue.enqueue(kind, request, kind);
    let isEstimated = false;
    const stop = queue.subscribe((event) => {
      if (event.type === 'progress' && event.id === id) onProgress?.(event);
      if (event.type === 'log' && event.id === id) onWarning?.(event.line);
      if (event.type !== 'about' || event.id !== id) return;
      const live = queue.live(id);
      if (live?.step) onStep?.(live.step);
      if (!isEstimated && live?.estimate) {
        isEstimated = true;
        onEstimate?.();
      }
    });
    const cancel = (): void => queue.cancel(id);
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      const { error, state } = await performJob(queue, id);
      if (error) throw errorFromData(error);
      if (state !== 'done') throw new WinnowError('CANCELLED', msg('cancelledKept'));
      return this.#outcomes.get(id) as Jobs[Kind]['outcome'];
    } finally {
      stop();
      signal?.removeEventListener('abort', cancel);
    }
  }
}

/** The works, with each outcome put into `outcomes`. */
function keeping(works: JobWorks<Jobs>, outcomes: Map<number, unknown>): JobWorks<Jobs> {
  const kept = Object.entries(works).map(([kind, { schema, run }]) => {
    const work = run as (request: unknown, job: JobContext) => Promise<unknown>;
    const keep = async (request: unknown, job: JobContext): Promise<unknown> => {
      const outcome = await work(request, job);
      outcomes.set(job.jobId, outcome);
      return outcome;
    };
    return [kind, { schema, run: keep }];
  });
  return Object.fromEntries(kept) as JobWorks<Jobs>;
}
