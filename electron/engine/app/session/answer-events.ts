// Tells the page which demos a job has answered.
import { respondRequestSchema } from '../../../contract/requests.ts';
import type { Services } from './services.ts';

/** Minimum time between events, since small models answer many demos per second. */
const DEMOS_INTERVAL_MS = 500;

type AnswerServices = Pick<Services, 'emit'> & { readonly queue: Pick<Services['queue'], 'subscribe' | 'live'> };

/** Reports answered demos. @returns a function that stops reporting */
export function reportAnswers(services: AnswerServices): () => void {
  let running: { readonly id: number; readonly domainId: number } | null = null;
  let answered = 0;
  let sentMs = 0;
  const report = (domainId: number): void => {
    sentMs = performance.now();
    services.emit('demos', { domainId });
  };
  return services.queue.subscribe((event) => {
    if (event.type === 'state' && event.job.kind === 'respond') {
      // for a job of another version, its handler reports what is wrong
      const { data } = respondRequestSchema.safeParse(event.job.request);
      if (data?.demos.kind !== 'domain') return;
      const { domainId } = data.demos;
      if (event.job.state === 'running') {
        running = { id: event.job.id, domainId };
        answered = 0;
      } else if (running?.id === event.job.id) {
        running = null;
      }
      report(domainId);
    }
    if (event.type === 'about' && event.id === running?.id) {
      const done = services.queue.live(event.id)?.step?.done ?? 0;
      if (done === answered || performance.now() - sentMs < DEMOS_INTERVAL_MS) return;
      answered = done;
      report(running.domainId);
    }
  });
}
