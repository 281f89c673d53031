// What every command gets: where to print, and the engine in this process, which opens its database only when a command
// needs it.
import type { CallName, CallParams, CallResult } from '../contract/api.ts';
import type { Client } from '../contract/client.ts';
import { forkWorker, type WorkerHost } from '../engine/base/backend/worker-host.ts';
import { EngineContext } from '../engine/store/engine-context.ts';
import { winnowHome } from '../engine/store/home.ts';
import { engineHere, type EngineHere } from '../engine/app/session/engine-here.ts';
import type { Output } from './output.ts';

export type Context = {
  readonly output: Output;
  /** Asks the engine, as a window does; Ctrl+C cancels it. @throws WinnowError as the call */
  readonly call: <C extends CallName>(name: C, params: CallParams<C>) => Promise<CallResult<C>>;
  /** For events, and for calls that Ctrl+C does not end. */
  readonly client: Client;
  /** What the calls from now on are computed with, as flags say it. */
  readonly computeWith: EngineHere['computeWith'];
  /** By which calls name a file to be read that the user typed. */
  readonly toRead: (path: string) => string;
  /** The same of a folder. */
  readonly toFolder: (path: string) => string;
  /** The same of a file to be written; null: none was typed. */
  readonly toWrite: <Path extends string | undefined>(path: Path) => Path extends string ? string : string | null;
  /** For commands that are a stream within this process: they work with a room of the engine. */
  readonly engineContext: EngineContext;
  /** Raised by Ctrl+C. */
  readonly signal: AbortSignal;
};

type ContextOptions = Pick<Context, 'output' | 'signal'> & { readonly home?: string; readonly host?: WorkerHost };

/** To be closed: what runs is cancelled then, and its end awaited. */
export function openContext({
  output,
  signal,
  home = winnowHome(),
  host = forkWorker,
}: ContextOptions): Context & { readonly close: () => Promise<void> } {
  const context = new EngineContext({ home, host });
  const { client, computeWith, grant, close } = engineHere(context);
  // a defect is told as one, not where it lies
  if (process.env.WINNOW_DEBUG) client.on('log', ({ level, text }) => level === 'error' && output.note(text));
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
