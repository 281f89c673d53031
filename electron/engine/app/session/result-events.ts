// Sends the page news of exports, evaluations and checks of answers while jobs make them.
import type { TaskRows } from '../../store/task.ts';
import type { Services } from './services.ts';

/** @returns a function that ends it */
export function reportResults(services: Pick<Services, 'queue' | 'emit'>): () => void {
  let last = '';
  const report = ({ exportId, evaluationIds, generationIds }: TaskRows, state: string): void => {
    const news = JSON.stringify({ exportId, evaluationIds, generationIds, state });
    if (news === last) return;
    last = news;
    if (exportId !== undefined) services.emit('exports', {});
    if (evaluationIds !== undefined) services.emit('evaluations', {});
    if (generationIds !== undefined) services.emit('generations', {});
  };
  return services.queue.subscribe((event) => {
    if (event.type === 'about') report(services.queue.live(event.id)?.rows ?? {}, 'running');
    if (event.type !== 'state') return;
    report(event.job.rows, event.job.state);
  });
}
