import type { Job } from '../electron/engine/app/jobs/job-table.ts';
import type { JobQueue } from '../electron/engine/app/jobs/queue.ts';

/** Runs this process's queued jobs. @returns the job as soon as it has ended, or as it is once the queue runs none */
export function performJob(queue: Pick<JobQueue, 'subscribe' | 'drain' | 'get'>, id: number): Promise<Job> {
  return new Promise((resolve, reject) => {
    let isEnded = false;
    const stop = queue.subscribe((event) => {
      if (event.type !== 'state' || event.job.id !== id || ['queued', 'running'].includes(event.job.state)) return;
      isEnded = true;
      stop();
      resolve(event.job);
    });
    queue.drain({ own: true }).then(() => isEnded || resolve(queue.get(id)!), reject);
  });
}
