// winnow worker: lends this machine's memory to Winnow on another machine
import { hostname } from 'node:os';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { displayBytes } from '../../contract/display-bytes.ts';
import { DEFAULT_MACHINE_PORT, isLoopback, readMachineAddress } from '../../contract/machine-address.ts';
import type { Placement } from '../../contract/requests.ts';
import { lendMemory, type LendNotice, type Lent } from '../../engine/models/machines/lend-memory.ts';
import { commandText, shellWord } from '../../engine/base/files/shell-word.ts';
import type { Context } from '../context.ts';
import { addListenOptions, wholeNumber } from '../options.ts';

type Flags = {
  readonly host: string;
  readonly port: number;
  readonly gpu: Placement['gpu'];
  readonly memory?: string;
  readonly cache: boolean;
  readonly threads?: number;
};

const ALL_ADDRESSES = ['0.0.0.0', '::'];

/** Adds `winnow worker`, which ends with the signal. */
export function addWorker(program: Command, { output, engineContext, signal }: Context): void {
  const command = program
    .command('worker')
    .description('lend this machine’s memory to Winnow on another machine, until you stop it');
  addListenOptions(command, DEFAULT_MACHINE_PORT, hostName)
    .addOption(
      new Option('--gpu <kind>', 'lend the memory of these GPUs; "off" lends RAM, as does "auto" without a GPU')
        .choices(['auto', 'off', 'cuda', 'metal', 'vulkan'])
        .default('auto'),
    )
    .option('--memory <size>', 'lend at most this much of each device, such as 12GB (default: most of what is free)')
    .option(
      '--cache',
      'keep received data on this machine’s disk, so that the same model need not be sent again',
      false,
    )
    .option('--threads <n>', 'CPU threads (default: all)', wholeNumber(1))
    .addHelpText(
      'after',
      `
This machine needs no copy of the model, and stores none without --cache: layers arrive over the network, and are freed when
the other side leaves or this command ends. The protocol is llama.cpp's RPC, which has no password and no encryption. By
default it can be reached only from this machine, and from the other one through an SSH tunnel:
  ssh -N -L ${DEFAULT_MACHINE_PORT}:127.0.0.1:${DEFAULT_MACHINE_PORT} user@lender
  winnow score model.gguf --demos tickets.jsonl --rpc 127.0.0.1:${DEFAULT_MACHINE_PORT}

Examples:
  winnow worker
  winnow worker --memory 48GB --cache
  winnow worker --host 192.168.1.20      on a network where you trust every machine`,
    )
    .action(async (flags: Flags) => {
      let announced = false;
      await lendMemory(flags, engineContext, {
        signal,
        onReady: (lent) => {
          if (!announced && !isLoopback(flags.host)) output.warn(exposed(lent));
          if (!announced) output.result(document(lent), readyText(lent));
          announced = true;
        },
        onNotice: (notice) => {
          if (notice.kind === 'restarted') output.warn(noticeText(notice));
          else output.note(noticeText(notice));
        },
      });
    });
}

function hostName(text: string): string {
  const host = text.replace(/^\[(.*)\]$/, '$1');
  const address = readMachineAddress(host.includes(':') ? `[${host}]:1` : `${host}:1`);
  if ('wrong' in address) throw new InvalidArgumentError('Give the name or the IP address of this machine.');
  return address.host;
}

function tunnel(port: number): string {
  return commandText(['ssh', '-N', '-L', `${port}:127.0.0.1:${port}`, `user@${hostname()}`]);
}

function exposed({ endpoint, port }: Lent): string {
  return `${endpoint} can be reached from other machines, and the protocol is neither authenticated nor encrypted: whoever reaches it can use this memory, see and change what is computed, and may take over this program. On a network that you do not trust, leave --host out and use an SSH tunnel on the other machine:  ${tunnel(port)}`;
}

function document({ host, port, endpoint, memoryLimit, devices, cacheDir }: Lent) {
  return {
    endpoint,
    host,
    port,
    memory: memoryLimit,
    devices: devices.map(({ name, description, backend }) => ({ name, description, backend })),
    cache: cacheDir,
  };
}

function readyText({ endpoint, host, port, memoryLimit, devices, cacheDir }: Lent): string {
  const names = devices.map(({ name, description }) => `${name} (${description})`).join(', ');
  const lines = [`Lends up to ${displayBytes(memoryLimit)} of ${names} on ${endpoint}. Ctrl+C ends it.`];
  if (cacheDir !== null) lines.push(`Keeps what it receives in ${cacheDir}; remove the folder to free its space.`);
  if (isLoopback(host)) lines.push(`On the other machine, first:  ${tunnel(port)}`);
  lines.push(`Then there:  winnow score … --rpc ${shellWord(seenFromThere({ host, port, endpoint }))}`);
  return lines.join('\n');
}

function seenFromThere({ host, port, endpoint }: { host: string; port: number; endpoint: string }): string {
  if (isLoopback(host)) return `127.0.0.1:${port}`;
  return ALL_ADDRESSES.includes(host) ? `${hostname()}:${port}` : endpoint;
}

function noticeText(notice: LendNotice): string {
  switch (notice.kind) {
    case 'serves':
      return `${notice.client} uses this memory`;
    case 'served':
      return `${notice.client} has left, its memory is free again`;
    case 'restarted':
      return `the serving process ended and is restarted; whoever used it must start again: ${notice.why}`;
  }
}
