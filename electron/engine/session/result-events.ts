// What comes of exports and evaluations while jobs make them: the page is told, and a written file joins the library.
import { z } from 'zod';
import { messageOf } from '../files/user-files.ts';
import type { Job, JobRows } from '../jobs/job.ts';
import type { Desk } from './desk.ts';

const writtenSchema = z.object({ files: z.array(z.object({ path: z.string() })).min(1) });

/** @returns a function that ends it */
export function reportResults(desk: Desk): () => void {
  let told = '';
  const tell = ({ exportId, evaluationIds }: JobRows, state: string): void => {
    const news = JSON.stringify({ exportId, evaluationIds, state });
    if (news === told) return;
    told = news;
    if (exportId !== undefined) desk.emit('exports', {});
    if (evaluationIds !== undefined) desk.emit('evaluations', {});
  };
  return desk.queue.subscribe((event) => {
    if (event.type === 'about') tell(desk.queue.live(event.id)?.rows ?? {}, 'running');
    if (event.type !== 'state') return;
    tell(event.job.rows, event.job.state);
    if (event.job.kind === 'export' && event.job.state === 'done') void adopt(desk, event.job);
  });
}

/** The first file stands for all parts. */
async function adopt(desk: Desk, job: Job): Promise<void> {
  const [file] = writtenSchema.safeParse(job.result).data?.files ?? [];
  if (!file) return;
  try {
    await desk.library.add(file.path, 'export');
    desk.recent(file.path);
    desk.emit('exports', {});
  } catch (error) {
    desk.log.add('warn', `job ${job.id}`, `${file.path} was written, but is not in the list of models: ${messageOf(error)}`); // prettier-ignore
  }
}
