// Workers of this machine that lend memory on loopback, for tests: as `winnow worker` does, and with their processes' ids.
import { once } from 'node:events';
import { forkingHost } from '../../electron/engine/base/backend/worker-host.ts';
import { lendMemory, type Lent, type LendNotice } from '../../electron/engine/models/machines/lend-memory.ts';
import { CPU } from './support.ts';
import { EngineContext } from '../../electron/engine/store/engine-context.ts';

export type LendingMachine = {
  readonly endpoint: string;
  readonly notices: readonly LendNotice[];
  /** Kills the serving process; the worker starts another. */
  kill(): void;
  /** Resolves when it has started to listen so often. */
  listening(times: number): Promise<void>;
  stop(): Promise<void>;
};

type Lending = { readonly home: string; readonly host?: string; readonly memory?: string; readonly threads?: number };

/** Resolves when it listens. */
export async function startLending({ home, ...rest }: Lending): Promise<LendingMachine> {
  const pids: number[] = [];
  const notices: LendNotice[] = [];
  const stop = new AbortController();
  const events = new EventTarget();
  const ready: Lent[] = [];
  const done = lendMemory(
    { host: '127.0.0.1', port: 0, gpu: 'off', memory: '256MiB', cache: false, threads: CPU.threads, ...rest },
    new EngineContext({ home, host: forkingHost((pid) => pids.push(pid)) }),
    {
      signal: stop.signal,
      onReady: (lent) => {
        ready.push(lent);
        events.dispatchEvent(new Event('ready'));
      },
      onNotice: (notice) => notices.push(notice),
    },
  );
  const listening = async (times: number): Promise<void> => {
    while (ready.length < times)
      await Promise.race([once(events, 'ready'), done.then(() => Promise.reject(new Error('it stopped')))]);
  };
  await listening(1);
  return {
    endpoint: ready[0]!.endpoint,
    notices,
    kill: () => process.kill(pids.at(-1)!, 'SIGKILL'),
    listening,
    stop: async () => {
      stop.abort();
      await done;
    },
  };
}
