// Addresses of machines that lend their memory: HOST:PORT, where HOST is a name, an IPv4 address, or an IPv6 address in
// brackets.
import { z } from 'zod';

/** The port that `winnow worker` listens on by default, as does llama.cpp's rpc-server. */
export const DEFAULT_MACHINE_PORT = 50052;
/** ggml's RPC backend supports no more servers. */
export const MAX_MACHINES = 16;

/** The longest host name. */
const MAX_HOST_CHARS = 253;
const HOST_NAME = /^[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?$/;
/** The characters of an IPv6 address, including its zone; the system decides whether it is valid. */
const IPV6 = /^[0-9a-f:.]*:[0-9a-f:.]*(%[a-z0-9._-]+)?$/;

export type MachineAddress = { readonly host: string; readonly port: number };

/**
 * Reads one address.
 * @returns the host in lower case and without brackets, or what is wrong with the text
 */
export function readMachineAddress(text: string): MachineAddress | { readonly wrong: string } {
  const given = text.trim().toLowerCase();
  const [, bracketed, name, digits] = /^(?:\[(.*)\]|([^:[\]]*)):([^:]*)$/.exec(given) ?? [];
  const host = bracketed ?? name;
  if (host === undefined) return { wrong: missingPort(given) };
  const fits = bracketed === undefined ? HOST_NAME.test(host) : IPV6.test(host);
  if (!fits || host.length > MAX_HOST_CHARS) return { wrong: `"${text}" names no machine. Give HOST:PORT.` };
  const port = Number(digits);
  if (digits === undefined || !/^\d{1,5}$/.test(digits) || port < 1 || port > 65535) {
    return { wrong: `The port in "${text}" is not a number from 1 to 65535.` };
  }
  return { host, port };
}

function missingPort(given: string): string {
  const bare = given.replace(/^\[(.*)\]:?$/, '$1').replace(/:$/, '');
  const host = bare.includes(':') ? `[${bare}]` : bare || 'HOST';
  return `"${given}" names no machine and port. Give HOST:PORT, such as ${host}:${DEFAULT_MACHINE_PORT}.`;
}

/** Returns the one way to write an address: two addresses with the same text are one machine. */
export function machineAddressText({ host, port }: MachineAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** One address, in the form in which it is stored and shown. */
export const machineAddressSchema = z
  .string()
  .max(MAX_HOST_CHARS + 16)
  .transform((text, context) => {
    const address = readMachineAddress(text);
    if (!('wrong' in address)) return machineAddressText(address);
    context.addIssue({ code: 'custom', message: address.wrong });
    return z.NEVER;
  });

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

/** Whether an address belongs to this machine itself, where a tunnel to another one may begin. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/**
 * One address that the page may name. It reaches other machines through tunnels: nobody who takes over the page can
 * have a model's weights and computed data sent to an address of their choice.
 */
export const tunnelAddressSchema = machineAddressSchema.refine(
  (text) => {
    const address = readMachineAddress(text);
    return !('wrong' in address) && isLoopback(address.host);
  },
  {
    error: ({ input }) =>
      `${String(input)} is not on this machine. Open a tunnel to it: ssh -N -L PORT:127.0.0.1:PORT user@HOST.`,
  },
);

/** Several addresses, each once, in the given order. */
export const machineAddressesSchema = z
  .array(machineAddressSchema)
  .readonly()
  .transform((addresses): readonly string[] => [...new Set(addresses)])
  .refine((addresses) => addresses.length <= MAX_MACHINES, `At most ${MAX_MACHINES} machines can be used at once.`);
