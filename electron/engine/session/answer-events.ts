// Tells the page of the demos that a running job has answered.
import { respondRequestSchema } from '../answers/run-respond.ts';
import type { Desk } from './desk.ts';

/** Small models answer many a second. */
const INTERVAL_MS = 500;

/** @returns a function that ends it */
export function reportAnswers(desk: Desk): () => void {
  let running: { readonly id: number; readonly domainId: number } | null = null;
  let answered = 0;
  let toldMs = 0;
  const tell = (domainId: number): void => {
    toldMs = performance.now();
    desk.emit('demos', { domainId });
  };
  return desk.queue.subscribe((event) => {
    if (event.type === 'state' && event.job.kind === 'respond') {
      // of another version's job the handler says what is wrong
      const { data } = respondRequestSchema.safeParse(event.job.request);
      if (!data) return;
      const { domainId } = data;
      running = event.job.state === 'running' ? { id: event.job.id, domainId } : null;
      answered = 0;
      tell(domainId);
    }
    if (event.type === 'about' && event.id === running?.id) {
      const done = desk.queue.live(event.id)?.step?.done ?? 0;
      if (done === answered || performance.now() - toldMs < INTERVAL_MS) return;
      answered = done;
      tell(running.domainId);
    }
  });
}
