// What an error of a backend worker says about the machines that lend it memory. ggml ends the process when it loses one of
// them, and names it in the log's last lines.
import { WinnowError } from '../../../contract/errors.ts';
import { say, type Sentence } from '../../../contract/sentences.ts';

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
