// Tells the page about running jobs: each job's view, the growing score run, the demos that it has answered, what it makes, and the log.
import { respondRequestSchema } from '../../../contract/requests.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Job, JobHead } from '../jobs/job-table.ts';
import { jobView } from '../jobs/recorder.ts';
import { getScoreRun } from '../../store/score-runs.ts';
import type { TaskRows } from '../../store/task.ts';
import type { EngineLog } from './engine-log.ts';
import type { Services } from './services.ts';

/** Minimum time between views: a backend reports every 50 ms, more often than viewers need. */
const VIEW_INTERVAL_MS = 100;

/** The same of answered demos: small models answer many per second. */
const DEMOS_INTERVAL_MS = 500;

type Queue = Services['queue'];

type JobServices = {
  readonly context: EngineContext;
  readonly log: EngineLog;
  readonly emit: Services['emit'];
  readonly queue: { readonly subscribe: Queue['subscribe']; readonly live: Queue['live'] };
};

/** Reports jobs to the page. @returns a function that stops reporting */
export function reportJobs(services: JobServices): () => void {
  const views = new PacedViews(services);
  const reportRun = runReporter(services);
  const reportResults = resultReporter(services);
  const answers = answerReporter(services);
  const stop = services.queue.subscribe((event) => {
    switch (event.type) {
      case 'state':
        logState(services, event.job);
        reportRun(event.job.rows.runId);
        reportResults(event.job.rows, event.job.state);
        if (event.job.kind === 'fit') services.emit('fit', {});
        if (event.job.kind === 'respond') answers.stateChanged(event.job);
        views.stateChanged(event.job);
        if (event.job.startedMs !== null && event.job.finishedMs !== null) services.emit('estimates', {});
        break;
      case 'about': {
        const { rows = {} } = services.queue.live(event.id) ?? {};
        reportRun(rows.runId);
        reportResults(rows, 'running');
        answers.wentOn(event.id);
        views.wentOn();
        break;
      }
      case 'progress':
        views.wentOn();
        break;
      case 'log':
        services.log.add('info', `job ${event.id}`, event.line);
        services.emit('jobLine', { jobId: event.id, text: event.line });
    }
  });
  return () => {
    stop();
    views.stop();
  };
}

/** Logs each change of state in one line, so that the log shows later what ran. */
function logState({ log }: JobServices, { id, kind, state, subject, error }: JobHead): void {
  if (error) log.add('error', `job ${id}`, `${state}: ${error.message}`);
  else if (state !== 'queued') log.add('info', `job ${id}`, `${state}: ${kind}, ${subject}`);
}

/** Sends views: changes of state at once, everything else at intervals. */
class PacedViews {
  readonly #services: JobServices;
  #running: JobHead | null = null;
  #timer: NodeJS.Timeout | null = null;
  #sentMs = -Infinity;

  constructor(services: JobServices) {
    this.#services = services;
  }

  stateChanged(job: JobHead): void {
    if (job.state === 'running') this.#running = job;
    else if (this.#running?.id === job.id) this.#running = null;
    this.#send(job);
  }

  wentOn(): void {
    this.#timer ??= setTimeout(
      () => {
        this.#timer = null;
        if (this.#running) this.#send(this.#running);
      },
      Math.max(0, this.#sentMs + VIEW_INTERVAL_MS - performance.now()),
    );
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
  }

  #send(job: JobHead): void {
    this.#sentMs = performance.now();
    this.#services.emit('job', jobView(job, this.#services.queue.live(job.id)));
  }
}

/** Reports a run whenever it has a new checkpoint or a new state. */
function runReporter(services: JobServices): (runId: number | undefined) => void {
  let last = '';
  return (runId) => {
    const run = runId === undefined ? undefined : getScoreRun(services.context.store, runId);
    if (!run) return;
    const news = { runId: run.id, scoredDemos: run.scoredDemos, state: run.state };
    if (JSON.stringify(news) === last) return;
    last = JSON.stringify(news);
    services.emit('run', news);
  };
}

function answerReporter({ queue, emit }: JobServices) {
  let running: { readonly id: number; readonly domainId: number } | null = null;
  let answered = 0;
  let sentMs = 0;
  const report = (domainId: number): void => {
    sentMs = performance.now();
    emit('demos', { domainId });
  };
  return {
    stateChanged: ({ id, request, state }: Job): void => {
      // for a job of another version, its handler reports what is wrong
      const { data } = respondRequestSchema.safeParse(request);
      if (data?.demos.kind !== 'domain') return;
      const { domainId } = data.demos;
      if (state === 'running') {
        running = { id, domainId };
        answered = 0;
      } else if (running?.id === id) {
        running = null;
      }
      report(domainId);
    },
    wentOn: (id: number): void => {
      if (running?.id !== id) return;
      const done = queue.live(id)?.step?.done ?? 0;
      if (done === answered || performance.now() - sentMs < DEMOS_INTERVAL_MS) return;
      answered = done;
      report(running.domainId);
    },
  };
}

/** Reports new exports, evaluations and checks of answers, and the ends of jobs that made some. */
function resultReporter({ emit }: JobServices): (rows: TaskRows, state: string) => void {
  let last = '';
  return ({ exportId, evaluationIds, generationIds }, state) => {
    const news = JSON.stringify({ exportId, evaluationIds, generationIds, state });
    if (news === last) return;
    last = news;
    if (exportId !== undefined) emit('exports', {});
    if (evaluationIds !== undefined) emit('evaluations', {});
    if (generationIds !== undefined) emit('generations', {});
  };
}
