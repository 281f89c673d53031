// How work identifies a model: what is known is not read again, and a job reports how far it has got.
import type { IdentifyOptions } from './identity.ts';
import type { EngineContext } from '../store/engine-context.ts';
import type { Task } from '../store/task.ts';

/** Bytes. Smaller models are read in a few seconds, which need no progress report. */
export const SOON_READ = 1e9;

/** The options for identifying a model in a job: cancelled with the job, with progress in percent if it takes long enough. */
export function identifying({ known }: EngineContext, { signal, about }: Task): IdentifyOptions {
  let shown = -1;
  const onProgress = (done: number, total: number): void => {
    const percent = Math.round((100 * done) / total);
    if (percent === shown || total < SOON_READ) return;
    shown = percent;
    about({ step: { key: 'identifying', done: percent, total: 100 } });
  };
  return { known, signal, onProgress };
}
