// Tells the page of searches for the best file, beside what it hears of every job.
import type { Services } from './services.ts';

/** @returns a function that ends it */
export function reportFits({ queue, emit }: Pick<Services, 'queue' | 'emit'>): () => void {
  return queue.subscribe((event) => {
    if (event.type === 'state' && event.job.kind === 'fit') emit('fit', {});
  });
}
