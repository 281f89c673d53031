// The engine's side of a backend worker: Winnow's own llama.cpp, which scores, masks and measures. ggml ends the process when it loses a
// machine that lends it memory, and names it in the log's last lines; what the worker's error says about it is read here.
import { WinnowError } from '../../../contract/errors.ts';
import { say, type Sentence } from '../../../contract/sentences.ts';
import type { GpuChoice } from '../../../../native/index.ts';
import { figureFailure } from './figures.ts';
import { methods, type Event, type Params, type Result } from './protocol.ts';
import { WorkerClient, type CallOptions } from './worker-client.ts';
import { forkWorker, type WorkerHost } from './worker-host.ts';

export class Backend extends WorkerClient<typeof methods> {
  /** The host that started it, for starting further workers. */
  readonly host: WorkerHost;

  constructor(gpu: GpuChoice = 'off', host: WorkerHost = forkWorker) {
    super('backend', methods, host({ entry: 'backend', args: [gpu] }));
    this.host = host;
  }

  /** @throws WinnowError as WorkerClient.call; MACHINE_UNAVAILABLE, OUT_OF_MEMORY: a machine that lends memory failed;
   * GGUF_CORRUPT: a figure is not a finite number */
  override async call<M extends keyof typeof methods>(
    method: M,
    params: Params<M>,
    options: CallOptions & { readonly onEvent?: (event: Event<M>) => void } = {},
  ): Promise<Result<M>> {
    try {
      return await super.call(method, params, options);
    } catch (error) {
      throw machineFailure(error, this.model) ?? figureFailure(error, method, this.model) ?? error;
    }
  }
}

/** The line that the patched ggml and native/src/rpc-client.cpp print. */
const LOST = /RPC server (\S+) is lost: (.*)$/;
/** llama.cpp and ggml name a buffer after its device: RPC0[HOST:PORT]. */
const NO_ROOM = /alloc\w* .*?\bRPC\d+\[([^\s\]]+\]?:\d+)\] buffer/;

/** @returns the error that names the machine; null: the error has nothing to do with another machine */
export function machineFailure(error: unknown, model: string | null): WinnowError | null {
  if (!(error instanceof WinnowError)) return null;
  const { tail, log } = error.details;
  const lines = (tail ?? log ?? []) as readonly string[];
  if (error.code === 'BACKEND_CRASHED') {
    const [, endpoint, why] = lines.map((line) => LOST.exec(line)).find((found) => found !== null) ?? [];
    if (endpoint !== undefined && why !== undefined) return lost(endpoint, why, model, error);
  }
  const full = lines.map((line) => NO_ROOM.exec(line)?.[1]).find((endpoint) => endpoint !== undefined);
  return full === undefined ? null : noRoom(full, error);
}

function lost(endpoint: string, why: string, model: string | null, cause: WinnowError): WinnowError {
  const held = model === null ? [] : [say('machineHeld', { model })];
  return new WinnowError(
    'MACHINE_UNAVAILABLE',
    say('machineLost', { endpoint, why, held }),
    { ...cause.details, endpoint },
    cause,
  );
}

function noRoom(endpoint: string, cause: WinnowError): WinnowError {
  return new WinnowError('OUT_OF_MEMORY', say('machineNoRoom', { endpoint }), { ...cause.details, endpoint }, cause);
}

/**
 * Why a machine cannot be used, from what the native part reported.
 * @param said begins with "unreachable: " or "incompatible: "
 */
export function machineRefusal(
  endpoint: string,
  said: string,
): { readonly state: 'unreachable' | 'incompatible'; readonly why: Sentence } {
  const why = said.replace(/^\w+: /, '');
  return said.startsWith('incompatible: ')
    ? {
        state: 'incompatible',
        why: say('machineIncompatible', { endpoint, why }),
      }
    : {
        state: 'unreachable',
        why: say('machineUnreachable', { endpoint, why }),
      };
}
