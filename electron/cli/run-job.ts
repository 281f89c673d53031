// Long work as a command sees it: begun by a call, followed by its events, with an outcome in the end.
import type { z } from 'zod';
import { JOB_OUTCOMES, type JobView } from '../contract/api/jobs.ts';
import { errorFromData, WinnowError } from '../contract/errors.ts';
import { say } from '../contract/sentences.ts';
import type { Context } from './context.ts';
import { formatSeconds } from './output.ts';

type JobOutcome<Kind extends keyof typeof JOB_OUTCOMES> = z.output<(typeof JOB_OUTCOMES)[Kind]>;

/** "3 min 20 s left"; empty where it is not known. */
export function jobTimeLeft({ etaMs }: JobView): string {
  return etaMs === null ? '' : `${formatSeconds(etaMs / 1000)} left`;
}

/** Whether the job is at what comes before any other work, and says so: which model it is. */
function isReadingModel(view: JobView): view is JobView & { readonly step: NonNullable<JobView['step']> } {
  return view.step?.key === 'identifying' && view.step.done < view.step.total;
}

/** What is told while the job goes on. */
export type Following = {
  /** Once it has begun its work. */
  readonly onProgress: (view: JobView) => void;
  /** What it needs, once. */
  readonly onEstimate?: (estimate: NonNullable<JobView['estimate']>) => void;
  /** What a search for the best file compares, once. */
  readonly onPlan?: (plan: NonNullable<JobView['plan']>) => void;
};

/**
 * Warnings are printed as they come. Ctrl+C cancels the job, and its end is awaited.
 * @param start the call that begins it
 * @throws WinnowError as the call and the work; CANCELLED
 */
export async function runJob<Kind extends keyof typeof JOB_OUTCOMES>(
  context: Context,
  kind: Kind,
  start: () => Promise<{ readonly jobId: number }>,
  following: Following,
): Promise<JobOutcome<Kind>> {
  return (await performJob(context, kind, start, following)).outcome;
}

/** The same, with the job as it ended. */
export async function performJob<Kind extends keyof typeof JOB_OUTCOMES>(
  { client, call, output, signal }: Context,
  kind: Kind,
  start: () => Promise<{ readonly jobId: number }>,
  { onProgress, onEstimate, onPlan }: Following,
): Promise<{ readonly job: JobView; readonly outcome: JobOutcome<Kind> }> {
  let last: JobView | null = null;
  let look = (): void => {};
  let fail = (_error: unknown): void => {};
  const stops = [
    client.on('job', (view) => {
      if (view.kind !== kind) return;
      if (view.estimate && !last?.estimate) onEstimate?.(view.estimate);
      if (view.plan && !last?.plan) onPlan?.(view.plan);
      last = view;
      if (isReadingModel(view)) output.progress('reading the whole model once', view.step.done, view.step.total);
      else if (view.total > 0 && (view.state === 'running' || view.state === 'done')) onProgress(view);
      look();
    }),
    client.on('queueStopped', (error) => fail(errorFromData(error))),
    client.on('jobLine', ({ text }) => output.warn(text)),
  ];
  let cancel = (): void => {};
  try {
    const { jobId } = await start();
    const job = await new Promise<JobView>((resolve, reject) => {
      fail = reject;
      look = () => last?.id === jobId && last.finishedMs !== null && resolve(last);
      look();
      cancel = () => void client.call('jobs.cancel', { jobId }).catch(reject);
      signal.addEventListener('abort', cancel, { once: true });
      if (signal.aborted) cancel();
    });
    if (job.error) throw errorFromData(job.error);
    if (job.state !== 'done') throw new WinnowError('CANCELLED', say('cancelledKept'));
    const outcome = JOB_OUTCOMES[kind].parse(await call('jobs.outcome', { jobId })) as JobOutcome<Kind>;
    return { job, outcome };
  } finally {
    signal.removeEventListener('abort', cancel);
    for (const stop of stops) stop();
  }
}
