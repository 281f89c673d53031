// Tells the page of the demos that a running job has answered.
import { respondRequestSchema } from '../../../contract/requests.ts';
import type { Services } from './services.ts';

/** Small models answer many a second. */
const INTERVAL_MS = 500;

/** @returns a function that ends it */
export function reportAnswers(services: Pick<Services, 'queue' | 'emit'>): () => void {
  let running: { readonly id: number; readonly domainId: number } | null = null;
  let answered = 0;
  let sentMs = 0;
  const report = (domainId: number): void => {
    sentMs = performance.now();
    services.emit('demos', { domainId });
  };
  return services.queue.subscribe((event) => {
    if (event.type === 'state' && event.job.kind === 'respond') {
      // of another version's job the handler says what is wrong
      const { data } = respondRequestSchema.safeParse(event.job.request);
      if (data?.demos.kind !== 'domain') return;
      const { domainId } = data.demos;
      running = event.job.state === 'running' ? { id: event.job.id, domainId } : null;
      answered = 0;
      report(domainId);
    }
    if (event.type === 'about' && event.id === running?.id) {
      const done = services.queue.live(event.id)?.step?.done ?? 0;
      if (done === answered || performance.now() - sentMs < INTERVAL_MS) return;
      answered = done;
      report(running.domainId);
    }
  });
}
