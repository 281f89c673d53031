// A written file joins the list of models before its export is done: whoever waits for the job finds it there.
import { z } from 'zod';
import { messageOf } from '../files/user-files.ts';
import type { JobHandlers } from '../jobs/queue.ts';
import type { Desk } from './desk.ts';

const writtenSchema = z.object({ files: z.array(z.object({ path: z.string() })).min(1) });

/** @param desk is there when the first job runs */
export function withLibraryExports(handlers: JobHandlers, desk: () => Desk): JobHandlers {
  const { export: write } = handlers;
  if (!write) return handlers;
  return {
    ...handlers,
    export: async (params, job) => {
      const result = await write(params, job);
      // the first file stands for all parts
      const [file] = writtenSchema.safeParse(result).data?.files ?? [];
      if (file) await joinLibrary(desk(), file.path, job);
      return result;
    },
  };
}

/** The file is written: nothing that goes wrong here makes that undone. Stopped, the next scan finds it. */
async function joinLibrary(
  desk: Desk,
  path: string,
  { jobId, signal }: { readonly jobId: number; readonly signal: AbortSignal },
): Promise<void> {
  try {
    await Promise.race([desk.library.add(path, 'export'), reasonOf(signal)]);
    desk.recent(path);
  } catch (error) {
    desk.log.add('warn', `job ${jobId}`, `${path} was written, but is not in the list of models: ${messageOf(error)}`);
  }
}

/** Rejects when the signal is aborted. */
function reasonOf(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
