// A command that listens, as a process group of its own under watch.
import type { z } from 'zod';
import { childrenOf, isRunning, startCommandLine } from '../../integration/processes.ts';
import { killGroup, watchMemory } from '../watch.ts';

const READY_MS = 30_000;

export type Listening<Announced> = {
  /** What the command printed when it was ready. */
  readonly announced: Announced;
  /** Waits for what it prints next. @throws Error: nothing in time */
  readonly next: () => Promise<Announced>;
  readonly signal: (name: NodeJS.Signals) => void;
  /** What it has said so far on standard error. */
  readonly said: () => string;
  /** Ids of the processes that it started and that run. */
  readonly children: () => number[];
  readonly isThere: () => boolean;
};

export type Watched<Result> = {
  readonly result: Result;
  /** Resident memory of its processes together, at its highest. */
  readonly peakBytes: number;
};

/**
 * Starts `winnow ARGS --json`, works with it when it is ready, and ends it.
 * @param home Winnow's data folder
 * @param memoryBytes more than that of all its processes together ends it
 * @throws what `work` throws; Error: it was not ready in time, or took more memory
 */
export async function whileListening<Announced, Result>(
  { home, args, schema, memoryBytes }: ListeningOptions<Announced>,
  work: (command: Listening<Announced>) => Promise<Result>,
): Promise<Watched<Result>> {
  const name = `winnow ${args.join(' ')}`;
  const started = startCommandLine(home, [...args, '--json']);
  const { pid } = started;
  const isThere = (): boolean => isRunning(pid);
  const tooMuch = Promise.withResolvers<never>();
  tooMuch.promise.catch(() => undefined);
  const endWatch = watchMemory(pid, memoryBytes, () =>
    tooMuch.reject(new Error(`${name} takes more than ${memoryBytes} bytes`)),
  );
  let peakBytes = 0;
  try {
    let taken = 0;
    const next = async (): Promise<Announced> => {
      const until = performance.now() + READY_MS;
      for (;;) {
        const document = started.stdout().match(/^\{.*?^\}/gms)?.[taken];
        if (document !== undefined) {
          taken++;
          return schema.parse(JSON.parse(document));
        }
        if (!isThere()) throw new Error(`${name} ended: ${started.stderr()}`);
        if (performance.now() > until) throw new Error(`${name} printed nothing in time`);
        await new Promise((done) => setTimeout(done, 10));
      }
    };
    const announced = await next();
    const command = {
      announced,
      next,
      signal: (signal: NodeJS.Signals) => started.kill(signal, 'process'),
      said: started.stderr,
      children: () => childrenOf(pid),
      isThere,
    };
    const result = await Promise.race([work(command), tooMuch.promise]);
    peakBytes = endWatch();
    return { result, peakBytes };
  } finally {
    endWatch();
    if (isThere()) started.kill('SIGTERM', 'process');
    const late = setTimeout(() => killGroup(pid), 5000);
    await started.finished;
    clearTimeout(late);
  }
}

type ListeningOptions<Announced> = {
  readonly home: string;
  readonly args: readonly string[];
  readonly schema: z.ZodType<Announced>;
  readonly memoryBytes: number;
};
