// A command that listens, as a process group of its own under watch.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { z } from 'zod';
import { childrenOf } from '../../integration/processes.ts';
import { ROOT } from '../../integration/support.ts';
import { watchMemory } from '../watch-memory.ts';

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
  const child = spawn(process.execPath, [join(ROOT, 'electron/cli/winnow.ts'), ...args, '--json'], {
    detached: true,
    env: { ...process.env, FORCE_COLOR: undefined, WINNOW_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const pid = child.pid ?? 0;
  const closed = once(child, 'close');
  const isThere = (): boolean => child.exitCode === null && child.signalCode === null;
  const text = { stdout: '', stderr: '' };
  child.stderr.on('data', (chunk: Buffer) => (text.stderr += chunk.toString()));
  const tooMuch = Promise.withResolvers<never>();
  tooMuch.promise.catch(() => undefined);
  const endWatch = watchMemory(pid, memoryBytes, () =>
    tooMuch.reject(new Error(`winnow ${args.join(' ')} takes more than ${memoryBytes} bytes`)),
  );
  let peakBytes = 0;
  try {
    child.stdout.on('data', (chunk: Buffer) => (text.stdout += chunk.toString()));
    let taken = 0;
    const next = async (): Promise<Announced> => {
      const until = performance.now() + READY_MS;
      for (;;) {
        const document = text.stdout.match(/^\{.*?^\}/gms)?.[taken];
        if (document !== undefined) {
          taken++;
          return schema.parse(JSON.parse(document));
        }
        if (!isThere()) throw new Error(`winnow ${args.join(' ')} ended: ${text.stderr}`);
        if (performance.now() > until) throw new Error(`winnow ${args.join(' ')} printed nothing in time`);
        await new Promise((done) => setTimeout(done, 10));
      }
    };
    const announced = await next();
    const command = {
      announced,
      next,
      signal: (name: NodeJS.Signals) => void child.kill(name),
      said: () => text.stderr,
      children: () => childrenOf(pid),
      isThere,
    };
    const result = await Promise.race([work(command), tooMuch.promise]);
    peakBytes = endWatch();
    return { result, peakBytes };
  } finally {
    endWatch();
    if (isThere()) child.kill('SIGTERM');
    const late = setTimeout(() => process.kill(-pid, 'SIGKILL'), 5000);
    await closed;
    clearTimeout(late);
  }
}

type ListeningOptions<Announced> = {
  readonly home: string;
  readonly args: readonly string[];
  readonly schema: z.ZodType<Announced>;
  readonly memoryBytes: number;
};
