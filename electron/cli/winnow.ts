#!/usr/bin/env node
// The command line. Commands parse their options and print; the engine does the work.
import { Command, CommanderError } from 'commander';
import { WinnowError } from '../contract/errors.ts';
import { Engine } from '../engine/engine.ts';
import { addBench } from './commands/bench.ts';
import { addCompare } from './commands/compare.ts';
import { addDemo } from './commands/demo.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEval } from './commands/eval.ts';
import { addInspect } from './commands/inspect.ts';
import { addPlans } from './commands/plans.ts';
import { addPrune } from './commands/prune.ts';
import { addReport } from './commands/report.ts';
import { addRespond } from './commands/respond.ts';
import { addRuns } from './commands/runs.ts';
import { addScore } from './commands/score.ts';
import { addSelect } from './commands/select.ts';
import { addServe } from './commands/serve.ts';
import type { Context } from './context.ts';
import { Output } from './output.ts';

// npm starts scripts in the package's folder; the paths that the user types count from where they are
const { npm_lifecycle_event: script, INIT_CWD: startedIn } = process.env;
if (startedIn !== undefined && (script === 'winnow' || script === 'demo' || script === 'serve'))
  process.chdir(startedIn);

const output = new Output(process.argv.includes('--json'));
const engine = new Engine();
const interrupt = new AbortController();
const context: Context = { output, engine, signal: interrupt.signal };

// Ctrl+C, a service manager, a terminal that closes
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (interrupt.signal.aborted) process.exit(130);
    output.note('stopping; what is finished is kept (Ctrl+C again to quit at once)');
    interrupt.abort();
  });
}

/** Commands that never load llama.cpp, or say themselves what is missing. */
const WITHOUT_MODEL = ['runs', 'plans', 'report', 'doctor', 'serve'];

const program = new Command('winnow')
  .description(
    'Prunes Mixture-of-Experts GGUF models for one domain: score its demos, keep the experts it uses, write a smaller file.',
  )
  .version('0.1.0')
  .option('--json', 'print one JSON document on stdout and nothing else')
  .addHelpText(
    'after',
    `
The usual way:
  winnow inspect model.gguf                                  is it a MoE model, can it be pruned?
  winnow score model.gguf --demos tickets.jsonl --out scores.json
  winnow select --scores scores.json --keep 0.5 --mask-out mask.json
  winnow eval model.gguf --mask mask.json --text held-out.txt    a preview, before anything is written
  winnow prune model.gguf --mask mask.json -o pruned.gguf
  winnow eval pruned.gguf --text held-out.txt --against model.gguf
  winnow report -o report.html                               what was kept and what it costs, to send to a colleague

No model at hand? "winnow demo" does all of it on a small bundled one.`,
  )
  .hook('preAction', async (_program, command) => {
    if (!WITHOUT_MODEL.includes(command.name())) await engine.prepare((line) => output.step(line));
  });

for (const add of [
  addDemo,
  addInspect,
  addRespond,
  addScore,
  addSelect,
  addPrune,
  addEval,
  addCompare,
  addBench,
  addServe,
  addDoctor,
  addRuns,
  addPlans,
  addReport,
])
  add(program, context);
forEachCommand(program, (command) => {
  if (command !== program) command.option('--json', 'print one JSON document on stdout and nothing else');
  command.exitOverride().configureOutput({ writeErr: (text) => output.json || process.stderr.write(text) });
  command.showHelpAfterError(`See: ${fullName(command)} --help`);
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCode(error);
} finally {
  await engine.close();
}

function exitCode(error: unknown): number {
  if (!(error instanceof CommanderError)) return output.error(error);
  if (error.exitCode === 0) return 0; // --help, --version
  const message =
    error.code === 'commander.help'
      ? 'Name a command: winnow --help lists them.'
      : error.message.replace(/^error: /, '');
  if (output.json) output.error(new WinnowError('USAGE', message));
  return 2;
}

function fullName(command: Command): string {
  return command.parent ? `${fullName(command.parent)} ${command.name()}` : command.name();
}

function forEachCommand(command: Command, visit: (command: Command) => void): void {
  visit(command);
  for (const child of command.commands) forEachCommand(child, visit);
}
