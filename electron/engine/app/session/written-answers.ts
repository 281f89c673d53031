// What the last check of answers wrote: kept while it works, and after it was stopped, until another one begins.
import type { Services } from './services.ts';

/** The eye needs no more. */
const INTERVAL_MS = 250;

/**
 * @param keep is given what is written as soon as a check has begun
 * @returns a function that ends it
 */
export function reportWritten(
  { queue, emit }: Pick<Services, 'queue' | 'emit'>,
  keep: (written: Services['written']) => void,
): () => void {
  let keptId: number | null = null;
  let timer: NodeJS.Timeout | null = null;
  const tell = (): void => {
    timer = null;
    emit('written', {});
  };
  const stop = queue.subscribe((event) => {
    if (event.type !== 'about') return;
    const written = queue.live(event.id)?.written;
    if (!written) return;
    if (keptId !== event.id) keep({ jobId: event.id, answers: written });
    keptId = event.id;
    timer ??= setTimeout(tell, INTERVAL_MS);
  });
  return () => {
    stop();
    if (timer) clearTimeout(timer);
  };
}
