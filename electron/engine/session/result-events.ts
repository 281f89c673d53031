// What comes of exports and evaluations while jobs make them: the page is told, and a written file joins the library.
import { z } from 'zod';
import { messageOf } from '../files/user-files.ts';
import type { Job, JobRows } from '../jobs/job.ts';
import type { Desk } from './desk.ts';

const writtenSchema = z.object({ files: z.array(z.object({ path: z.string() })).min(1) });

/** @returns a function that ends it, when what was written has joined the library */
export function reportResults(desk: Desk): () => Promise<void> {
  const joining = new Set<Promise<void>>();
  let told = '';
  const tell = ({ exportId, evaluationIds }: JobRows, state: string): void => {
    const news = JSON.stringify({ exportId, evaluationIds, state });
    if (news === told) return;
    told = news;
    if (exportId !== undefined) desk.emit('exports', {});
    if (evaluationIds !== undefined) desk.emit('evaluations', {});
  };
  const stop = desk.queue.subscribe((event) => {
    if (event.type === 'about') tell(desk.queue.live(event.id)?.rows ?? {}, 'running');
    if (event.type !== 'state') return;
    tell(event.job.rows, event.job.state);
    if (event.job.kind !== 'export' || event.job.state !== 'done') return;
    const join = joinLibrary(desk, event.job).finally(() => joining.delete(join));
    joining.add(join);
  });
  return async () => {
    stop();
    await Promise.all(joining);
  };
}

/** The first file stands for all parts. */
async function joinLibrary(desk: Desk, job: Job): Promise<void> {
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
