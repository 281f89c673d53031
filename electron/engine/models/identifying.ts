// How work identifies a model: what is known is not read again, and a job says how far it is.
import type { IdentifyOptions } from './identity.ts';
import type { EngineContext } from '../store/engine-context.ts';
import type { Task } from '../store/task.ts';

/** Bytes. Smaller models are read in some seconds, which nobody needs to be told. */
export const SOON_READ = 1e9;

/** For work of a job: cancelled with it, and told in percent where it takes long enough. */
export function identifying(
  { known }: Pick<EngineContext, 'known'>,
  { signal, about }: Pick<Task, 'signal' | 'about'>,
): IdentifyOptions {
  let shown = -1;
  const onProgress = (done: number, total: number): void => {
    const percent = Math.round((100 * done) / total);
    if (percent === shown || total < SOON_READ) return;
    shown = percent;
    about({ step: { key: 'identifying', done: percent, total: 100 } });
  };
  return { known, signal, onProgress };
}
