// What the page is told while jobs go on: each job's view, the score run that grows, and the log.
import type { JobHead } from '../jobs/job.ts';
import { jobView } from '../jobs/job-view.ts';
import { getScoreRun } from '../store/score-runs.ts';
import type { Desk } from './desk.ts';

/** A backend reports every 50 ms; the eye needs less. */
const VIEW_INTERVAL_MS = 100;

type JobDesk = Pick<Desk, 'context' | 'log' | 'emit'> & { readonly queue: Pick<Desk['queue'], 'subscribe' | 'live'> };

/** @returns a function that ends it */
export function reportJobs(desk: JobDesk): () => void {
  const views = new PacedViews(desk);
  const tellRun = runReporter(desk);
  const stop = desk.queue.subscribe((event) => {
    switch (event.type) {
      case 'state':
        logState(desk, event.job);
        tellRun(event.job.rows.runId);
        views.stateChanged(event.job);
        break;
      case 'about':
        tellRun(desk.queue.live(event.id)?.rows.runId);
        views.wentOn();
        break;
      case 'progress':
        views.wentOn();
        break;
      case 'log':
        desk.log.add('info', `job ${event.id}`, event.line);
    }
  });
  return () => {
    stop();
    views.stop();
  };
}

/** One line for each change: who asks later what ran finds it in the log. */
function logState({ log }: JobDesk, { id, kind, state, subject, error }: JobHead): void {
  if (error) log.add('error', `job ${id}`, `${state}: ${error.message}`);
  else if (state !== 'queued') log.add('info', `job ${id}`, `${state}: ${kind}, ${subject}`);
}

/** Changes of state are told at once, everything else when its turn comes. */
class PacedViews {
  readonly #desk: JobDesk;
  #running: JobHead | null = null;
  #timer: NodeJS.Timeout | null = null;
  #toldMs = -Infinity;

  constructor(desk: JobDesk) {
    this.#desk = desk;
  }

  stateChanged(job: JobHead): void {
    if (job.state === 'running') this.#running = job;
    else if (this.#running?.id === job.id) this.#running = null;
    this.#tell(job);
  }

  wentOn(): void {
    this.#timer ??= setTimeout(
      () => {
        this.#timer = null;
        if (this.#running) this.#tell(this.#running);
      },
      Math.max(0, this.#toldMs + VIEW_INTERVAL_MS - performance.now()),
    );
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
  }

  #tell(job: JobHead): void {
    this.#toldMs = performance.now();
    this.#desk.emit('job', jobView(job, this.#desk.queue.live(job.id)));
  }
}

/** Tells of a run whenever it has a new checkpoint or another state. */
function runReporter(desk: JobDesk): (runId: number | undefined) => void {
  let told = '';
  return (runId) => {
    const run = runId === undefined ? undefined : getScoreRun(desk.context.store, runId);
    if (!run) return;
    const news = { runId: run.id, scoredDemos: run.scoredDemos, state: run.state };
    if (JSON.stringify(news) === told) return;
    told = JSON.stringify(news);
    desk.emit('run', news);
  };
}
