// What every command receives: where to print, and the engine in this process, which opens its database only when a command needs it.
import type { CallName, CallParams, CallResult } from '../contract/api.ts';
import type { Client } from '../contract/client.ts';
import { forkWorker, type WorkerHost } from '../engine/base/backend/worker-host.ts';
import { EngineContext, winnowHome } from '../engine/store/engine-context.ts';
import { engineHere } from '../engine/app/session/engine-here.ts';
import type { Output } from './output.ts';

export type Context = {
  readonly output: Output;
  /** Makes a call to the engine, as a window does; Ctrl+C cancels it. @throws WinnowError as the call */
  readonly call: <C extends CallName>(name: C, params: CallParams<C>) => Promise<CallResult<C>>;
  /** For events, and for calls that Ctrl+C does not cancel. */
  readonly client: Client;
  /** Sets what the following calls compute with, as the flags say. */
  readonly computeWith: ReturnType<typeof engineHere>['computeWith'];
  /** Returns the id by which calls refer to a file to read that the user named. */
  readonly toRead: (path: string) => string;
  /** Returns the same for a folder. */
  readonly toFolder: (path: string) => string;
  /** Returns the same for a file to write; null: none was named. */
  readonly toWrite: <Path extends string | undefined>(path: Path) => Path extends string ? string : string | null;
  /** For commands that run as a stream within this process and use a layer of the engine directly. */
  readonly engineContext: EngineContext;
  /** Aborted by Ctrl+C. */
  readonly signal: AbortSignal;
};

type ContextOptions = {
  readonly output: Output;
  readonly signal: AbortSignal;
  readonly home?: string;
  readonly host?: WorkerHost;
};

/** Opens the context of a command. Its `close` cancels what is running and waits until it has ended. */
export function openContext({
  output,
  signal,
  home = winnowHome(),
  host = forkWorker,
}: ContextOptions): Context & { readonly close: () => Promise<void> } {
  const context = new EngineContext({ home, host });
  // an error message for a defect does not say where it is
  const log = {
    add: (level: string, _source: string, text: string) => {
      if (process.env.WINNOW_DEBUG && level === 'error') output.note(text);
    },
  };
  const { client, computeWith, grant, close } = engineHere(context, log);
  return {
    output,
    signal,
    computeWith,
    engineContext: context,
    toRead: (path) => grant(path, 'read'),
    toFolder: (path) => grant(path, 'folder'),
    toWrite: ((path?: string) => (path === undefined ? null : grant(path, 'write'))) as Context['toWrite'],
    call: (name, params) => client.call(name, params, signal),
    client,
    close: async () => {
      await close();
      context.close();
    },
  };
}
