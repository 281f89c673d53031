// winnow quantize MODEL.gguf -o OUT.gguf --type Q4_K_M
import type { Command } from 'commander';
import { displayBytes } from '../../contract/display-bytes.ts';
import type { Context } from '../context.ts';
import { showExport } from '../export-hooks.ts';
import {
  addMemoryLimit,
  addPlacementOptions,
  dryRunOption,
  forceOption,
  imatrixOption,
  outputOption,
  placementFrom,
  type PlacementFlags,
} from '../options.ts';
import { formatSeconds, usage } from '../output.ts';
import { REPAIR_OPTION, repairDocument, repairText } from '../repair-text.ts';
import { runJob } from '../run-job.ts';
import { addQuantiseOptions, quantiseOptionsFrom, type QuantiseFlags } from '../quantise-options.ts';
import { printableName } from '../../contract/printable.ts';

type Flags = QuantiseFlags &
  PlacementFlags & {
    readonly output: string;
    readonly imatrix?: string;
    readonly repair?: string[];
    readonly force: boolean;
    readonly dryRun: boolean;
  };

/** Adds `winnow quantize`. */
export function addQuantize(program: Command, context: Context): void {
  const command = program
    .command('quantize')
    .description('quantise a model with llama.cpp’s own quantiser, to the same bytes as llama-quantize')
    .argument('<model>', 'GGUF file, or any part of a split one; preferably F16 or BF16')
    .addOption(outputOption('the quantised model').makeOptionMandatory());
  addMemoryLimit(
    addPlacementOptions(
      addQuantiseOptions(command, true)
        .addOption(imatrixOption('importance matrix of this model (GGUF format); matters a lot below 4 bits'))
        .option('--repair <demos...>', REPAIR_OPTION)
        .addOption(forceOption())
        .addOption(dryRunOption()),
    ),
  )
    .addHelpText(
      'after',
      `
If several options apply to a tensor, --tensor-type wins, then layers, then attention and shared experts.
To prune and quantise in one step: winnow prune --type.

Examples:
  winnow quantize model-F16.gguf -o model-Q4_K_M.gguf --type Q4_K_M --imatrix imatrix.gguf
  winnow quantize model-F16.gguf -o model-Q3_K_M.gguf --type Q3_K_M --attention-type q6_K --dry-run`,
    )
    .action(async (model: string, flags: Flags) => {
      const quantise = quantiseOptionsFrom(flags);
      if (!quantise) throw usage('Give --type.');
      context.computeWith({ placement: placementFrom(flags) });
      const { force: overwrite, dryRun } = flags;
      const result = await runJob(
        context,
        'quantise',
        () =>
          context.call('exports.quantise', {
            model: { kind: 'file', grant: context.toRead(model) },
            target: context.toWrite(flags.output),
            imatrix: flags.imatrix && context.toRead(flags.imatrix),
            quantise,
            overwrite,
            dryRun,
            repair: flags.repair && { demos: flags.repair.map(context.toRead) },
          }),
        showExport(context, 'quantising'),
      );
      const { displayPath: path, bytes, sha256 } = result;
      const document = {
        output: path,
        bytes,
        type: quantise.type,
        types: result.types,
        sha256,
        seconds: result.seconds,
        ...repairDocument(result),
        ...(flags.dryRun ? { dry_run: true } : {}),
      };
      const types = result.types.map((of) => `${of.type} ${displayBytes(of.bytes)}`).join(', ');
      const size = `${quantise.type}, ${displayBytes(bytes)} instead of ${displayBytes(result.fullBytes)} (${types})`;
      const text = flags.dryRun
        ? `Would write ${printableName(flags.output)}: ${size}. Nothing was written.${repairText(result)}`
        : `${printableName(path)}\n${size}, written and verified in ${formatSeconds(result.seconds)}.${repairText(result)}`;
      context.output.result(document, text);
    });
}
