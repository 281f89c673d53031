// winnow imatrix RUN -o FILE.gguf
import type { Command } from 'commander';
import { displayBytes } from '../../contract/display-bytes.ts';
import { printableName } from '../../contract/printable.ts';
import type { WrittenMatrix } from '../../contract/api/runs.ts';
import type { Context } from '../context.ts';
import { wholeNumber } from '../options.ts';
import { checkOutput } from '../output-target.ts';

type Flags = { readonly output: string; readonly force: boolean };

/** Adds `winnow imatrix`. */
export function addImatrix(program: Command, context: Context): void {
  program
    .command('imatrix')
    .description('write the importance matrix that a score run has collected, for llama.cpp’s quantiser')
    .argument('<run>', 'number of the run, see "winnow runs"', wholeNumber(1))
    .requiredOption('-o, --output <file>', 'the importance matrix: GGUF')
    .option('--force', 'overwrite any existing file', false)
    .addHelpText(
      'after',
      `
To collect one in a run: winnow score model.gguf --demos tickets.jsonl --imatrix out.gguf

It tells the quantiser which weights your domain uses most. Give it to llama-quantize --imatrix as it
is; "winnow prune --imatrix" cuts it to the kept experts.

Example:
  winnow imatrix 3 -o tickets.imatrix.gguf`,
    )
    .action(async (run: number, { output: path, force: overwrite }: Flags) => {
      await checkOutput(context, path, [], { kind: 'imatrix', overwrite });
      const matrix = await context.call('runs.exportImportance', { runId: run, target: context.toWrite(path) });
      context.output.result(matrixDocument(matrix), matrixText(matrix));
    });
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
