// The command tree, its help, and the handling of errors.
import { Command, CommanderError } from 'commander';
import { WinnowError } from '../contract/errors.ts';
import { printableName } from '../contract/printable.ts';
import { msg, inEnglish } from '../contract/sentences.ts';
import { packageVersion } from '../engine/base/files/package-version.ts';
import { addCompare } from './commands/compare.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEval } from './commands/eval.ts';
import { addFit } from './commands/fit.ts';
import { addGet } from './commands/get.ts';
import { addInspect } from './commands/inspect.ts';
import { addOpen } from './commands/open.ts';
import { addPrune } from './commands/prune.ts';
import { addPruneCheckpoint } from './commands/prune-checkpoint.ts';
import { addQuantize } from './commands/quantize.ts';
import { addPublish } from './commands/publish.ts';
import { addReport } from './commands/report.ts';
import { addRespond } from './commands/respond.ts';
import { addRuns } from './commands/runs.ts';
import { addScore } from './commands/score.ts';
import { addSelect } from './commands/select.ts';
import { addServe } from './commands/serve.ts';
import { addServeModel } from './commands/serve-model.ts';
import { addWorker } from './commands/worker.ts';
import type { Context } from './context.ts';
import { takeFromHub } from './from-hub.ts';
import { groupOptions } from './help-groups.ts';
import { threadsHere } from '../engine/models/placement/threads.ts';

const GROUPS = [
  ['The best file:', [addFit, addGet]],
  [
    'Step by step:',
    [...[addInspect, addRespond, addScore, addSelect, addEval, addCompare], ...[addPrune, addQuantize, addReport]],
  ],
  ['Use and share:', [addOpen, addServeModel, addPublish, addPruneCheckpoint]],
  ['Winnow and this machine:', [addServe, addRuns, addDoctor, addWorker]],
] as const;

/** Commands that never load llama.cpp, or that report themselves what is missing. */
const WITHOUT_MODEL = ['runs', 'report', 'doctor', 'serve'];

const HELP = `
The best file for your memory, in one command:
  winnow fit model.gguf --demos tickets.jsonl --budget 12GB -o best.gguf

By hand, step by step:
  winnow inspect model.gguf                                  is it an MoE model, and can it be pruned?
  winnow score model.gguf --demos tickets.jsonl --out scores.json
  winnow select --scores scores.json --keep 0.5 -o choice.json
  winnow eval model.gguf --choice choice.json --text held-out.txt    a preview, before anything is written
  winnow prune model.gguf --choice choice.json -o pruned.gguf
  winnow eval pruned.gguf --text held-out.txt --against model.gguf
  winnow report -o report.html                               what was kept and what it costs, to send to a colleague`;

/**
 * Runs one command.
 * @param args what the user typed after "winnow"
 * @returns the exit code: 0, 1 for an error, 2 for bad usage
 */
export async function runCommandLine(args: readonly string[], context: Context): Promise<number> {
  try {
    const tree = commandTree(context, await packageVersion());
    await tree.parseAsync(knownFirst(tree, args), { from: 'user' });
    return 0;
  } catch (error) {
    // workers that do not stop by themselves are killed, and their callers only see a crash
    const isCut = context.signal.aborted && error instanceof WinnowError && error.code === 'BACKEND_CRASHED';
    return exitCode(isCut ? new WinnowError('CANCELLED', msg('cancelled')) : error, context);
  }
}

/** Drops a request for help if the command is unknown: commander would print the main help and report no error. */
function knownFirst(tree: Command, args: readonly string[]): readonly string[] {
  const words = args.filter((arg) => !arg.startsWith('-'));
  const name = words[0] === 'help' ? words[1] : words[0];
  if (
    name === undefined ||
    tree.commands.some((command) => command.name() === name || command.aliases().includes(name))
  )
    return args;
  return [name, ...args.filter((arg) => arg === '--json')];
}

/** Returns every command with its options, in the order of `winnow --help`. */
export function commandTree(context: Context, version: string): Command {
  const { output } = context;
  const program = new Command('winnow')
    .description(
      'Prunes Mixture-of-Experts GGUF models for one domain: score its demos, keep the experts it uses, write a smaller file.',
    )
    .version(version)
    .option('--json', 'print one JSON document on stdout and nothing else')
    .addHelpText('after', HELP)
    .hook('preAction', async (_program, command) => {
      capThreads(command, context);
      if (!WITHOUT_MODEL.includes(command.name())) await prepare(context);
      await takeFromHub(command, context);
    });

  for (const [heading, adding] of GROUPS) {
    program.commandsGroup(heading);
    for (const add of adding) add(program, context);
  }
  program.commands.forEach(checkRequiredLast);
  forEachCommand(program, (command) => {
    if (command !== program) command.option('--json', 'print one JSON document on stdout and nothing else');
    command.exitOverride().configureOutput({
      writeOut: (text) => output.help(text),
      writeErr: (text) => output.json || output.write(text),
      outputError: (text, write) => write(onOneLine(text)),
    });
    groupOptions(command);
    command.showHelpAfterError(`See: ${fullName(command)} --help`);
  });
  return program;
}

/** Builds the native part unless it is built. @throws WinnowError NATIVE_BUILD */
async function prepare({ client, call, output }: Context): Promise<void> {
  const stop = client.on('native', ({ state, line }) => state === 'building' && output.step(line));
  try {
    await call('app.prepare', {});
  } finally {
    stop();
  }
}

function exitCode(error: unknown, { output }: Context): number {
  if (!(error instanceof CommanderError)) return output.error(error);
  if (error.exitCode === 0) return 0; // --help, --version
  const message =
    error.code === 'commander.help'
      ? 'Name a command: winnow --help lists them.'
      : error.message.replace(/^error: /, '');
  if (output.json) output.error(new WinnowError('USAGE', message));
  return 2;
}

/** Keeps what the user typed as it is. commander's own suggestion begins on a new line. */
function onOneLine(text: string): string {
  const [said = '', suggestion] = text.trimEnd().split(/\n(?=\(Did you mean .*\?\)$)/);
  return [said, ...(suggestion === undefined ? [] : [suggestion])].map((line) => `${printableName(line)}\n`).join('');
}

function fullName(command: Command): string {
  return command.parent ? `${fullName(command.parent)} ${command.name()}` : command.name();
}

function forEachCommand(command: Command, visit: (command: Command) => void): void {
  visit(command);
  for (const child of command.commands) forEachCommand(child, visit);
}

/** Lowers a number of threads that is larger than the machine can use, and says so. */
function capThreads(command: Command, { output }: Context): void {
  const threads: unknown = command.getOptionValue('threads');
  if (typeof threads !== 'number') return;
  command.setOptionValue(
    'threads',
    threadsHere(threads, (capped) => output.warn(inEnglish(capped))),
  );
}

/** Makes the command report what is missing only once everything that was typed is understood; commander would report it first. */
function checkRequiredLast(command: Command): void {
  const required = command.options.filter(({ mandatory }) => mandatory);
  for (const option of required) option.makeOptionMandatory(false);
  command.hook('preAction', (_, ran) => {
    const missing = required.find((option) => ran.getOptionValue(option.attributeName()) === undefined);
    if (missing)
      ran.error(`error: required option '${missing.flags}' not specified`, {
        code: 'commander.missingMandatoryOptionValue',
      });
  });
}
