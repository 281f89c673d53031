// What an error of a backend worker says of the machines that lend it memory. ggml ends the process when one of them is
// gone, and names it in the log's last lines.
import { WinnowError } from '../../contract/errors.ts';

/** As native/patches/0002 writes it. */
const LOST = /RPC server (\S+) is lost: (.*)$/;
/** llama.cpp and ggml name a buffer after its device: RPC0[HOST:PORT]. */
const NO_ROOM = /alloc\w* .*?\bRPC\d+\[([^\s\]]+\]?:\d+)\] buffer/;

/** @returns null: it has nothing to do with another machine */
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
  const held = model === null ? '' : ` It held a part of ${model}.`;
  return new WinnowError(
    'MACHINE_UNAVAILABLE',
    `The machine ${endpoint} is gone: ${why}.${held} Start "winnow worker" there again, or check the network; then give the same command again: what is finished is kept.`,
    { ...cause.details, endpoint },
    cause,
  );
}

function noRoom(endpoint: string, cause: WinnowError): WinnowError {
  return new WinnowError(
    'OUT_OF_MEMORY',
    `The machine ${endpoint} has not enough memory for its part of the model. Let it lend more (winnow worker --memory), add a machine, or use fewer tokens at once (--ubatch, --ctx) or fewer layers on machines (--gpu-layers).`,
    { ...cause.details, endpoint },
    cause,
  );
}

/**
 * Why a machine cannot be used, from what the native part said of it.
 * @param said begins with "unreachable: " or "incompatible: "
 */
export function machineRefusal(
  endpoint: string,
  said: string,
): { readonly state: 'unreachable' | 'incompatible'; readonly why: string } {
  const why = said.replace(/^\w+: /, '');
  return said.startsWith('incompatible: ')
    ? {
        state: 'incompatible',
        why: `${endpoint} cannot be used: ${why}. Use the same version of Winnow on both machines, and the port of "winnow worker".`,
      }
    : {
        state: 'unreachable',
        why: `${endpoint} cannot be reached: ${why}. Start "winnow worker" there, and check address, firewall and SSH tunnel.`,
      };
}
