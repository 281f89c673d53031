// Tells the page of exports, evaluations and generation checks while jobs make them.
import type { TaskRows } from '../context/task.ts';
import type { Desk } from './desk.ts';

/** @returns a function that ends it */
export function reportResults(desk: Pick<Desk, 'queue' | 'emit'>): () => void {
  let told = '';
  const tell = ({ exportId, evaluationIds, generationIds }: TaskRows, state: string): void => {
    const news = JSON.stringify({ exportId, evaluationIds, generationIds, state });
    if (news === told) return;
    told = news;
    if (exportId !== undefined) desk.emit('exports', {});
    if (evaluationIds !== undefined) desk.emit('evaluations', {});
    if (generationIds !== undefined) desk.emit('generations', {});
  };
  return desk.queue.subscribe((event) => {
    if (event.type === 'about') tell(desk.queue.live(event.id)?.rows ?? {}, 'running');
    if (event.type === 'state') tell(event.job.rows, event.job.state);
  });
}
