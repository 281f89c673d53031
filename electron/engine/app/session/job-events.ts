// Tells the page about running jobs: each job's view, the growing score run, what the job makes, and the log.
import type { JobHead } from '../jobs/job-table.ts';
import { jobView } from '../jobs/job-view.ts';
import { getScoreRun } from '../../store/score-runs.ts';
import type { TaskRows } from '../../store/task.ts';
import type { Services } from './services.ts';

/** Minimum time between views: a backend reports every 50 ms, more often than viewers need. */
const VIEW_INTERVAL_MS = 100;

type JobServices = Pick<Services, 'context' | 'log' | 'emit'> & {
  readonly queue: Pick<Services['queue'], 'subscribe' | 'live'>;
};

/** Reports jobs to the page. @returns a function that stops reporting */
export function reportJobs(services: JobServices): () => void {
  const views = new PacedViews(services);
  const reportRun = runReporter(services);
  const reportResults = resultReporter(services);
  const stop = services.queue.subscribe((event) => {
    switch (event.type) {
      case 'state':
        logState(services, event.job);
        reportRun(event.job.rows.runId);
        reportResults(event.job.rows, event.job.state);
        if (event.job.kind === 'fit') services.emit('fit', {});
        views.stateChanged(event.job);
        if (event.job.startedMs !== null && event.job.finishedMs !== null) services.emit('estimates', {});
        break;
      case 'about': {
        const { rows = {} } = services.queue.live(event.id) ?? {};
        reportRun(rows.runId);
        reportResults(rows, 'running');
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
