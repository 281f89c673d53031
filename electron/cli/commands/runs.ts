// winnow runs [RUN -o FILE]: what has been scored so far, and a run's importance matrix
import type { Command } from 'commander';
import type { WrittenMatrix } from '../../contract/api/runs.ts';
import { displayBytes } from '../../contract/display-bytes.ts';
import { printableName } from '../../contract/printable.ts';
import type { Context } from '../context.ts';
import { forceOption, outputOption, wholeNumber } from '../options.ts';
import { formatSeconds, table, usage } from '../output.ts';
import { checkOutput } from '../output-target.ts';

type Flags = {
  readonly output?: string;
  readonly force: boolean;
};

/** Adds `winnow runs`. */
export function addRuns(program: Command, context: Context): void {
  program
    .command('runs')
    .description('list the score runs, or write one’s importance matrix')
    .argument('[run]', 'number of the run to write from', wholeNumber(1))
    .addOption(outputOption('the file to write its importance matrix to'))
    .addOption(forceOption())
    .addHelpText(
      'after',
      `
An importance matrix tells a quantiser which weights the domain uses most;
a run has one if it was scored with --imatrix. Give it to llama-quantize as it is; "winnow prune --imatrix" cuts it to the
kept experts.

Example:
  winnow runs 3 -o python.imatrix.gguf`,
    )
    .action(async (run: number | undefined, flags: Flags) => {
      if (run === undefined && flags.output === undefined) await list(context);
      else if (run === undefined) throw usage('To write an importance matrix, name its run.');
      else await writeMatrix(run, flags, context);
    });
}

async function list({ call, output }: Context): Promise<void> {
  const runs = await call('runs.list', {});
  const document = runs.map((run) => ({
    id: run.id,
    domain: run.domain,
    state: run.state,
    demos: run.demos,
    scored_demos: run.scoredDemos,
    tokens: run.tokens,
    seconds: run.seconds,
    started: new Date(run.startedMs).toISOString(),
    settings: run.recorded,
  }));
  const rows = runs.map((run) => [
    String(run.id),
    run.domain,
    run.state,
    `${run.scoredDemos}/${run.demos}`,
    String(run.tokens),
    formatSeconds(run.seconds),
    new Date(run.startedMs).toISOString().slice(0, 16).replace('T', ' '),
  ]);
  const text =
    runs.length === 0
      ? 'No score runs yet. Start with: winnow score MODEL.gguf --demos FILE'
      : table(['run', 'domain', 'state', 'demos', 'tokens', 'time', 'started (UTC)'], rows);
  output.result(document, text);
}

async function writeMatrix(runId: number, { output: path, force: overwrite }: Flags, context: Context): Promise<void> {
  if (path === undefined) throw usage('Say where the importance matrix goes: -o FILE.');
  await checkOutput(context, path, [], { kind: 'imatrix', overwrite });
  const matrix = await context.call('runs.exportImportance', { runId, target: context.toWrite(path) });
  context.output.result(matrixDocument(matrix), matrixText(matrix));
}

/** Returns what `--json` prints about a written matrix. */
export function matrixDocument({
  runId,
  domain,
  tokens,
  weights,
  displayPath,
  bytes,
  sha256,
}: WrittenMatrix): Record<string, unknown> {
  return { run: runId, domain, tokens, weights, output: displayPath, bytes, sha256 };
}

/** Returns the same as a line for people. */
export function matrixText({ runId, domain, tokens, weights, displayPath, bytes }: WrittenMatrix): string {
  return `Importance matrix of run ${runId} (${printableName(domain)}, ${tokens} tokens, ${weights} weights): ${printableName(displayPath)}, ${displayBytes(bytes)}.`;
}
