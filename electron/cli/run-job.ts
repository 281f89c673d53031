// Long work from the view of a command: started by a call, followed through events, with an outcome at the end.
import type { z } from 'zod';
import { JOB_OUTCOMES, type JobView } from '../contract/api/jobs.ts';
import { errorFromData, WinnowError } from '../contract/errors.ts';
import { msg } from '../contract/sentences.ts';
import type { Context } from './context.ts';
import { formatSeconds } from './output.ts';

type JobOutcome<Kind extends keyof typeof JOB_OUTCOMES> = z.output<(typeof JOB_OUTCOMES)[Kind]>;

/** Returns the remaining time, such as "3 min 20 s left"; empty if it is not known. */
export function jobTimeLeft({ etaMs }: JobView): string {
  return etaMs === null ? '' : `${formatSeconds(etaMs / 1000)} left`;
}

/** Whether the job is still reading the model to identify it, which comes before any other work. */
function isReadingModel(view: JobView): view is JobView & { readonly step: NonNullable<JobView['step']> } {
  return view.step?.key === 'identifying' && view.step.done < view.step.total;
}

export type Following = {
  /** Called once the job has begun its work. */
  readonly onProgress: (view: JobView) => void;
  /** Called once, with what the job needs. */
  readonly onEstimate?: (estimate: NonNullable<JobView['estimate']>) => void;
  /** Called once, with what a search for the best file compares. */
  readonly onPlan?: (plan: NonNullable<JobView['plan']>) => void;
};

/**
 * Runs a job to its end, and returns its outcome. Prints warnings as they come. Ctrl+C cancels the job and waits for
 * its end.
 * @param start the call that starts it
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

/** Returns the same, with the job in its final state. */
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
    if (job.state !== 'done') throw new WinnowError('CANCELLED', msg('cancelledKept'));
    const outcome = JOB_OUTCOMES[kind].parse(await call('jobs.outcome', { jobId })) as JobOutcome<Kind>;
    return { job, outcome };
  } finally {
    signal.removeEventListener('abort', cancel);
    for (const stop of stops) stop();
  }
}
