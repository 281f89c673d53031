// A command that listens, as a process group of its own under watch.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { z } from 'zod';
import { childrenOf } from '../integration/processes.ts';
import { ROOT } from '../integration/support.ts';
import { watchMemory } from './watch-memory.ts';

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
  const text = { stdout: '', stderr: '' };
  child.stderr.on('data', (chunk: Buffer) => (text.stderr += chunk.toString()));
  const tooMuch = Promise.withResolvers<never>();
  tooMuch.promise.catch(() => undefined);
  const endWatch = watchMemory(pid, memoryBytes, () =>
    tooMuch.reject(new Error(`winnow ${args.join(' ')} takes more than ${memoryBytes} bytes`)),
  );
  let peakBytes = 0;
  try {
    const ready = new Promise<Announced>((done, fail) => {
      child.stdout.on('data', (chunk: Buffer) => {
        text.stdout += chunk.toString();
        // the first document; what comes later has nothing of it
        const [first = ''] = /^\{.*?^\}/ms.exec(text.stdout) ?? [];
        if (first !== '') done(schema.parse(JSON.parse(first)));
      });
      void closed.then(() => fail(new Error(`winnow ${args.join(' ')} ended: ${text.stderr}`)));
      setTimeout(() => fail(new Error(`winnow ${args.join(' ')} was not ready in time`)), READY_MS).unref();
    });
    const announced = await ready;
    const command = {
      announced,
      said: () => text.stderr,
      children: () => childrenOf(pid),
      isThere: () => child.exitCode === null && child.signalCode === null,
    };
    const result = await Promise.race([work(command), tooMuch.promise]);
    peakBytes = endWatch();
    return { result, peakBytes };
  } finally {
    endWatch();
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
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
