// Options that several commands share, and how their values are read.
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { machineAddressText, MAX_MACHINES, readMachineAddress } from '../contract/machine-address.ts';
import { ALL_EXPERT_LAYERS, type Placement, type PruneRequest } from '../contract/requests.ts';
import { LIMIT_BYS, type LimitBy } from '../contract/taken-demos.ts';
import { parseBytes } from '../engine/base/files/parse-bytes.ts';
import { usage } from './output.ts';

/** Returns a parser of integers for an option. It throws InvalidArgumentError below `minimum`. */
export function wholeNumber(minimum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < minimum) {
      throw new InvalidArgumentError(`Give a whole number of at least ${minimum}.`);
    }
    return value;
  };
}

/** Returns a parser of numbers for an option. It throws InvalidArgumentError below `minimum`. */
export function decimal(minimum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < minimum) {
      throw new InvalidArgumentError(`Give a number of at least ${minimum}.`);
    }
    return value;
  };
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, min: 60, h: 3600 };

/** Reads "5%" or "0.05" as a share greater than 0 and less than 1. */
export function properShare(text: string): number {
  const [, number = '', percent] = /^(\d+\.?\d*|\.\d+)\s*(%?)$/.exec(text.trim()) ?? [];
  const share = Number(number) / (percent === '%' ? 100 : 1);
  if (number !== '' && share > 0 && share < 1) return share;
  throw new InvalidArgumentError('Give a share such as 5% or 0.05: more than 0, less than 1.');
}

/** Reads "90s", "30m", "2h" as seconds. */
export function duration(text: string): number {
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*(s|m|min|h)$/.exec(text.trim().toLowerCase()) ?? [];
  const seconds = Number(amount) * (SECONDS[unit] ?? NaN);
  if (!(seconds > 0)) throw new InvalidArgumentError('Give a time such as 90s, 30m or 2h.');
  return seconds;
}

/** Reads "a,b, c" as a list. */
export function listOf(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** Reads "law=files/law.jsonl"; without a name, the file's own name is used. @throws WinnowError USAGE */
export function namedFile(text: string): { name: string; file: string } {
  const at = text.indexOf('=');
  if (at < 0) return { name: basename(text).replace(/\.[^.]+$/, ''), file: text };
  const [name, file] = [text.slice(0, at), text.slice(at + 1)];
  if (name === '' || file === '') throw usage(`"${text}" is not a name and a file. Write it as name=file.`);
  return { name, file };
}

function autoOrCount(minimum: number): (text: string) => number | 'auto' {
  return (text) => (text === 'auto' ? 'auto' : wholeNumber(minimum)(text));
}

/** Reads a port to listen on; 0: any free port. */
function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65535) throw new InvalidArgumentError('Give a number from 0 to 65535.');
  return port;
}

/** Reads HOST:PORT,HOST:PORT; an address that is given twice counts once. */
export function machineAddresses(text: string): string[] {
  const addresses = text.split(',').map((part) => {
    const address = readMachineAddress(part);
    if ('wrong' in address) throw new InvalidArgumentError(address.wrong);
    return machineAddressText(address);
  });
  const each = [...new Set(addresses)];
  if (each.length > MAX_MACHINES)
    throw new InvalidArgumentError(`At most ${MAX_MACHINES} machines can be used at once.`);
  return each;
}

export type PlacementFlags = {
  readonly gpu: Placement['gpu'];
  readonly gpuLayers: number | 'auto';
  readonly cpuMoeLayers: number | 'auto';
  readonly rpc: string[];
  readonly threads: number;
  /** Only for commands with `addMemoryLimit`. */
  readonly memoryLimit?: string;
};

/** Adds the options for where the model runs, for every command that loads one. */
export function addPlacementOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--gpu <kind>', 'GPU backend to use')
        .choices(['auto', 'off', 'cuda', 'metal', 'vulkan'])
        .default('auto'),
    )
    .option('--gpu-layers <n>', 'layers on the GPU; "auto": as many as fit', autoOrCount(0), 'auto')
    .option(
      '--cpu-moe-layers <n>',
      'keep the routed experts of the first n MoE layers in RAM, or of all; "auto": put as many on the GPU as fit',
      (text: string) => (text === 'all' ? ALL_EXPERT_LAYERS : autoOrCount(0)(text)),
      'auto',
    )
    .option(
      '--rpc <machines>',
      'machines that lend memory ("winnow worker"), as HOST:PORT,HOST:PORT',
      machineAddresses,
      [],
    )
    .addOption(
      new Option('--threads <n>', 'CPU threads').argParser(wholeNumber(1)).default(availableParallelism(), 'all'),
    );
}

export type LimitFlags = { readonly limit?: number; readonly limitBy: LimitBy };

/** Adds `--limit` and `--limit-by`. */
export function addLimitOptions(command: Command): Command {
  return command
    .addOption(limitOption('use only n of the demos'))
    .addOption(
      new Option('--limit-by <which>', 'which n: the first, a random sample, or the longest')
        .choices(LIMIT_BYS)
        .default('first'),
    );
}

/** Returns `--force`: a command that writes results replaces what is there. */
export function forceOption(): Option {
  return new Option('--force', 'overwrite existing files').default(false);
}

/** Returns `-o`: where a command writes. */
export function outputOption(text: string): Option {
  return new Option('-o, --output <path>', text);
}

/** Returns `--estimate`: a command says what it would do, and how long that would take. */
export function estimateOption(text: string): Option {
  return new Option('--estimate', `only ${text}`).default(false);
}

/** Returns `--dry-run`: a command that writes models checks everything, and writes nothing. */
export function dryRunOption(): Option {
  return new Option('--dry-run', 'check everything and say what would be written').default(false);
}

/** Returns `--demos`: the files that hold a domain's demos. */
export function demosOption(): Option {
  return new Option('--demos <files...>', 'demo files: JSONL, JSON, CSV, Parquet, Arrow, Markdown or text');
}

/** Returns `--domain`. @param preset what it is by default, for the help */
export function domainOption(preset: string): Option {
  return new Option('--domain <name>', `name of the domain (default: ${preset})`);
}

/** Returns `--max-tokens` of commands that read demos. */
export function demoTokensOption(): Option {
  return maxTokensOption('cut each demo to n tokens; 0: no limit', 0).default(0);
}

/** Returns `--max-tokens`. */
export function maxTokensOption(text: string, minimum: number): Option {
  return new Option('--max-tokens <n>', text).argParser(wholeNumber(minimum));
}

/** Returns `--hold-back`: the share of the demos that are not scored. */
export function holdBackOption(text: string): Option {
  return new Option('--hold-back <share>', text).argParser((given: string) => {
    const share = Number(given);
    if (given.trim() !== '' && share >= 0 && share < 1) return share;
    throw new InvalidArgumentError('It is a share of the demos: 0, or less than 1.');
  });
}

/** Returns `--choice`: the file that says which experts are kept. */
export function choiceOption(text: string): Option {
  return new Option('--choice <file>', text);
}

/** Returns `--selection`: a choice that Winnow knows. */
export function selectionOption(text: string): Option {
  return new Option('--selection <id>', `${text}; "winnow select" without scores lists them`).argParser(wholeNumber(1));
}

/** Returns `--active-experts`, for commands that run or write a model. */
export function activeExpertsOption(): Option {
  return new Option('--active-experts <n>', 'use n experts per token, fewer than the model does').argParser(
    wholeNumber(1),
  );
}

/** Returns `--lower-used`. */
export function lowerUsedOption(): Option {
  return new Option('--lower-used', 'allow keeping fewer experts than the model uses per token').default(false);
}

/** Returns `--imatrix`, for commands that read an importance matrix (GGUF). */
export function imatrixOption(text: string): Option {
  return new Option('--imatrix <file>', text);
}

/** Returns `--allow-requantize`. */
export function requantiseOption(): Option {
  return new Option('--allow-requantize', 'also quantise weights that are quantised already, which loses more').default(
    false,
  );
}

/** Returns `--ctx`: tokens of context, or of a chunk. @param preset undefined: the command decides */
export function ctxOption(text: string, minimum: number, preset?: number): Option {
  return new Option('--ctx <n>', text).argParser(wholeNumber(minimum)).default(preset);
}

/** Returns `--chunks`: the most chunks to measure. */
export function chunksOption(text: string): Option {
  return new Option('--chunks <n>', text).argParser(wholeNumber(1));
}

/** Returns `--limit`: the most demos or prompts to use. */
export function limitOption(text: string): Option {
  return new Option('--limit <n>', text).argParser(wholeNumber(1));
}

/** Adds `--host` and `--port`, for commands that listen. */
export function addListenOptions(command: Command, preset: number, host?: (text: string) => string): Command {
  const address = new Option('--host <name>', 'address to listen on').default('127.0.0.1');
  if (host) address.argParser(host);
  return command.addOption(address).option('--port <n>', 'port to listen on; 0: any free one', portNumber, preset);
}

/** Returns `--criterion`. @param names the default first */
export function criterionOption(names: readonly string[], text = 'ranking criterion'): Option {
  return new Option('--criterion <name>', text).choices(names).default(names[0]);
}

/** Returns `--super-experts`: the treatment of super experts. */
export function superExpertsOption(): Option {
  return new Option(
    '--super-experts <how>',
    'experts whose outputs are far larger than all others’: keep them whatever their score (pin), or rank them like the rest (rank)',
  )
    .choices(['pin', 'rank'])
    .default('pin');
}

/** Returns `--ubatch`: tokens that pass through the model at once; without it, as many as the free memory holds. */
export function ubatchOption(): Option {
  const text = 'tokens that run through the model at once; "auto": as many as memory allows';
  return new Option('--ubatch <n>', text).argParser(autoOrCount(32)).default('auto');
}

type NextnWay = PruneRequest['nextn'];

const NEXTN_TEXTS: Readonly<Record<NextnWay, string>> = {
  scored: 'scored: keep them if scores of their own chose their experts',
  drop: 'drop: leave them out',
  reuse: 'reuse: keep them, cut by the last layer’s choice unless scores of their own chose their experts',
};

/** Returns the option for the treatment of next-token-prediction blocks, for commands that prune. @param ways the default first */
export function nextnOption(ways: readonly NextnWay[]): Option {
  const text = `what to do with next-token-prediction blocks; ${ways.map((way) => NEXTN_TEXTS[way]).join('; ')}`;
  return new Option('--nextn <how>', text).choices(ways).default(ways[0]);
}

const GROUPINGS = ['ungrouped', 'balanced'] as const;

/** Returns `--grouping`, for commands that choose. @param auto what "auto" stands for, for the help; undefined: there is no such choice */
export function groupingOption(auto?: string): Option {
  const text = 'models that route in groups: choose freely, or equally many in each group';
  if (auto === undefined) return new Option('--grouping <how>', text).choices(GROUPINGS).default('ungrouped');
  return new Option('--grouping <how>', `${text}; "auto": ${auto}`).choices([...GROUPINGS, 'auto']).default('auto');
}

/** Adds `--memory-limit`, for commands that choose how much runs at once. */
export function addMemoryLimit(command: Command): Command {
  return command.option(
    '--memory-limit <size>',
    'plan with this much of this machine’s memory, such as 24GB (default: what is free)',
  );
}

/** Returns the placement that the flags describe. @throws WinnowError USAGE for a memory limit that is not a size */
export function placementFrom({ cpuMoeLayers, ...flags }: PlacementFlags): Placement {
  return {
    gpu: flags.gpu,
    gpuLayers: flags.gpuLayers,
    cpuExpertLayers: cpuMoeLayers,
    rpc: flags.rpc,
    threads: flags.threads,
    ...(flags.memoryLimit !== undefined && { memoryLimit: parseBytes(flags.memoryLimit) }),
  };
}
