// winnow serve: the interface in a browser
import { once } from 'node:events';
import { mkdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { WinnowError } from '../../contract/errors.ts';
import { WRITTEN_FOLDER } from '../../contract/file-names.ts';
import { isLoopback } from '../../contract/machine-address.ts';
import type { Context } from '../context.ts';
import { addListenOptions } from '../options.ts';
import { printableName } from '../../contract/printable.ts';
import { userHomeFolder } from '../../engine/base/files/paths.ts';

const DEFAULT_PORT = 7341;

type Flags = {
  readonly port: number;
  readonly host: string;
  readonly output: [string, ...string[]];
  readonly models?: string[];
};

/** Adds `winnow serve`, which ends with the signal. */
export function addServe(program: Command, { output, engineContext, signal }: Context): void {
  const command = program
    .command('serve')
    .description('show the interface in a browser, for machines without a display');
  addListenOptions(command, DEFAULT_PORT)
    .addOption(
      new Option(
        '--output <folder...>',
        'folders for pruned models, choices and reports; the first is used unless another is chosen',
      ).default([join(userHomeFolder(), WRITTEN_FOLDER)], '"Winnow" in your home folder'),
    )
    .option('--models <folder...>', 'folders from which models, and folders of models, may be added')
    .addHelpText(
      'after',
      `
Prints an address that opens once, in one browser. For another one, press Enter, or send SIGUSR2 if there is no terminal
(not on Windows). Ctrl+C ends it and keeps finished work.

From another computer, through SSH:
  ssh -L ${DEFAULT_PORT}:127.0.0.1:${DEFAULT_PORT} user@machine      then open the printed address there

Examples:
  winnow serve
  winnow serve --port 8080 --output /data/pruned --models /data/models`,
    )
    .action(async ({ port, host, output: outputFolders, models: modelFolders = [] }: Flags) => {
      for (const folder of outputFolders) await makeFolder(folder);
      for (const folder of modelFolders) await requireFolder(folder);
      if (!isLoopback(host)) {
        output.warn(
          `${host} can be reached from other machines. What passes is not encrypted: on a network that you do not trust, use 127.0.0.1 and an SSH tunnel.`,
        );
      }
      const hasTerminal = process.stdin.isTTY;
      // loaded here because the other commands need no HTTP, which would add a tenth to their start
      const { ADDRESS_SIGNAL, startServer } = await import('../../server/server.ts');
      const server = await startServer({
        hostname: host,
        port,
        home: engineContext.home,
        outputFolders,
        modelFolders,
        hasTerminal,
      });
      const announce = (): void => {
        const address = server.newAddress();
        output.result({ address, output: resolve(outputFolders[0]) }, `Open once:  ${address}`);
      };
      announce();
      if (hasTerminal) process.stdin.on('data', announce);
      else if (ADDRESS_SIGNAL !== null) process.on(ADDRESS_SIGNAL, announce);
      if (!signal.aborted) await once(signal, 'abort');
      process.stdin.pause();
      await server.close();
    });
}

/** @throws WinnowError TARGET_UNWRITABLE: it is not a folder */
async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  if ((await stat(folder)).isDirectory()) return;
  throw new WinnowError(
    'TARGET_UNWRITABLE',
    `${printableName(resolve(folder))} is not a folder. Choose another --output.`,
  );
}

/** @throws WinnowError FILE_NOT_FOUND */
async function requireFolder(folder: string): Promise<void> {
  const info = await stat(folder).catch(() => null);
  if (info?.isDirectory()) return;
  throw new WinnowError(
    'FILE_NOT_FOUND',
    `There is no folder ${printableName(resolve(folder))}. Choose another --models.`,
  );
}
