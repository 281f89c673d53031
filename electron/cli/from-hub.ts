// Addresses on the model hub in place of files: the files are downloaded first.
import type { Command } from 'commander';
import { isHubAddress } from '../contract/hub-address.ts';
import { pathFromHub } from './commands/get.ts';
import type { Context } from './context.ts';
import { usage } from './output.ts';

/** Commands that read no file which an address could replace. */
const WITHOUT_FILES = ['get', 'serve', 'worker'];

/** "hf:…", possibly preceded by the name that some options take with a file. */
const NAMED = /^((?:[^=/:]+=)?)(.*)$/s;

/**
 * Replaces each address by its file.
 * @throws WinnowError USAGE if the command only inspects, and the file is not here; as the calls `hub.*`
 */
export async function takeFromHub(command: Command, context: Context): Promise<void> {
  if (WITHOUT_FILES.includes(command.name())) return;
  const onlyLooks =
    command.name() === 'inspect' || ['estimate', 'dryRun'].some((flag) => command.getOptionValue(flag) === true);
  const getFile = async (text: string): Promise<string> => {
    const { name, address } = named(text);
    if (address === null) return text;
    if (!onlyLooks) return `${name}${await pathFromHub(address, context)}`;
    const here = await context.call('hub.find', { address });
    if (here) return `${name}${here.displayPath}`;
    throw usage(
      `${address} is not on this machine. What it would take: winnow get ${address} --estimate. To get it: winnow get ${address}`,
    );
  };
  const getFiles = async (texts: readonly unknown[]): Promise<unknown[]> => {
    const files: unknown[] = [];
    for (const text of texts) {
      if (Array.isArray(text)) files.push(await getFiles(text));
      else files.push(typeof text === 'string' ? await getFile(text) : text);
    }
    return files;
  };
  command.processedArgs = await getFiles(command.processedArgs);
  for (const [option, value] of Object.entries(command.opts())) {
    const texts: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (!texts.some((text) => typeof text === 'string' && named(text).address !== null)) continue;
    const files = await getFiles(texts);
    command.setOptionValue(option, Array.isArray(value) ? files : files[0]);
  }
}

function named(text: string): { readonly name: string; readonly address: string | null } {
  const [, name = '', address = ''] = NAMED.exec(text) ?? [];
  return { name, address: isHubAddress(address) ? address : null };
}
