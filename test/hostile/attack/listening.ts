// A command that listens, as a process group of its own under watch.
import type { z } from 'zod';
import { childrenOf, isRunning, startCommandLine, until } from '../../integration/processes.ts';
import { kill, watchMemory } from '../watch.ts';

const READY_MS = 30_000;

export type Listening<Announced> = {
  /** What the command printed when it was ready. */
  readonly announced: Announced;
  /** What it has said so far on standard error. */
  readonly said: () => string;
  /** Ids of the processes that it started and that run. */
  readonly children: () => number[];
  readonly isThere: () => boolean;
};

type ListeningOptions<Announced> = {
  /** Winnow's data folder. */
  readonly home: string;
  readonly args: readonly string[];
  readonly schema: z.ZodType<Announced>;
  /** More than that of all its processes together ends it. */
  readonly memoryBytes: number;
};

/**
 * Starts `winnow ARGS --json`, works with it when it is ready, and ends it.
 * @throws what `work` throws; Error: it was not ready in time, or took more memory
 */
export async function whileListening<Announced>(
  { home, args, schema, memoryBytes }: ListeningOptions<Announced>,
  work: (command: Listening<Announced>) => Promise<void>,
): Promise<void> {
  const name = `winnow ${args.join(' ')}`;
  const { pid, stdout, stderr, kill: signal, finished } = startCommandLine(home, [...args, '--json']);
  const isThere = (): boolean => isRunning(pid);
  const tooMuch = Promise.withResolvers<never>();
  tooMuch.promise.catch(() => undefined);
  const endWatch = watchMemory(pid, memoryBytes, () =>
    tooMuch.reject(new Error(`${name} takes more than ${memoryBytes} bytes`)),
  );
  try {
    await until(`${name} is ready`, () => /^\}/m.test(stdout()) || !isThere(), READY_MS);
    if (!isThere()) throw new Error(`${name} ended: ${stderr()}`);
    const announced = schema.parse(JSON.parse(stdout()));
    const command = { announced, said: stderr, children: () => childrenOf(pid), isThere };
    await Promise.race([work(command), tooMuch.promise]);
  } finally {
    endWatch();
    if (isThere()) signal('SIGTERM', 'process');
    const late = setTimeout(() => kill(-pid), 5000);
    await finished;
    clearTimeout(late);
  }
}
