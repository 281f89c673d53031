// A written file joins the list of models before its export is done: whoever waits for the job finds it there.
import { messageOf } from '../files/user-files.ts';
import type { OnExported } from '../jobs/kinds.ts';
import type { Services } from './services.ts';

/**
 * The file is written: nothing that goes wrong here makes that undone. Stopped, the next scan finds it.
 * @param services is there when the first job runs
 */
export function joinLibrary(services: () => Pick<Services, 'library' | 'recent' | 'log'>): OnExported {
  return async (path, { jobId, signal }) => {
    const { library, recent, log } = services();
    try {
      await Promise.race([library.add(path, 'export'), reasonOf(signal)]);
      recent(path);
    } catch (error) {
      log.add('warn', `job ${jobId}`, `${path} was written, but is not in the list of models: ${messageOf(error)}`);
    }
  };
}

/** Rejects when the signal is aborted. */
function reasonOf(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
