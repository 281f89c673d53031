// winnow prune MODEL.gguf --choice choice.json -o OUT.gguf
import type { Command } from 'commander';
import { displayBytes } from '../../contract/display-bytes.ts';
import { printableName } from '../../contract/printable.ts';
import { REPAIR_DEMOS } from '../../contract/repair.ts';
import type { PruneRequest } from '../../contract/requests.ts';
import type { Context } from '../context.ts';
import { showExport } from '../export-hooks.ts';
import {
  activeExpertsOption,
  addMemoryLimit,
  addPlacementOptions,
  choiceOption,
  dryRunOption,
  forceOption,
  imatrixOption,
  lowerUsedOption,
  nextnOption,
  outputOption,
  placementFrom,
  properShare,
  wholeNumber,
  type PlacementFlags,
} from '../options.ts';
import { formatSeconds, usage } from '../output.ts';
import { REPAIR_OPTION, repairDocument, repairText } from '../repair-text.ts';
import { runJob } from '../run-job.ts';
import { addQuantiseOptions, quantiseOptionsFrom, type QuantiseFlags } from '../quantise-options.ts';

type Flags = QuantiseFlags &
  PlacementFlags & {
    readonly choice: string;
    readonly output: string;
    readonly nextn: PruneRequest['nextn'];
    readonly imatrix?: string;
    /** true: the run that the experts were chosen by. */
    readonly imatrixRun?: number | true;
    readonly lowerUsed: boolean;
    readonly activeExperts?: number;
    readonly width?: number;
    /** true: the demos that the experts were chosen by. */
    readonly repair?: string[] | true;
    readonly force: boolean;
    readonly dryRun: boolean;
  };

/** Adds `winnow prune`. */
export function addPrune(program: Command, context: Context): void {
  const command = program
    .command('prune')
    .description(
      'write the pruned GGUF: the kept experts byte for byte, everything else unchanged; with --type quantised, with --repair repaired',
    )
    .argument('<model>', 'GGUF file, or any part of a split one')
    .addOption(choiceOption('choice.json from "winnow select" or "winnow report --as choice"').makeOptionMandatory())
    .addOption(outputOption('the pruned model').makeOptionMandatory())
    .addOption(nextnOption(['scored', 'drop', 'reuse']))
    .addOption(imatrixOption('importance matrix (GGUF format), to quantise by or to choose neurons by'))
    .option(
      '--imatrix-run [run]',
      'instead of --imatrix: the one that this run has collected (default: the run that the experts were chosen by)',
      wholeNumber(1),
    );
  addMemoryLimit(
    addPlacementOptions(
      addQuantiseOptions(command, false)
        .addOption(lowerUsedOption())
        .addOption(activeExpertsOption())
        .option(
          '--width <share>',
          'keep only this share of every kept expert’s neurons, such as 0.75: those that count most by the importance matrix',
          properShare,
        )
        .option('--repair [demos...]', `${REPAIR_OPTION} (default demos: those that the experts were chosen by)`)
        .addOption(forceOption())
        .addOption(dryRunOption()),
    ),
  )
    .addHelpText(
      'after',
      `
The file is written under a temporary name, read back, and renamed only if it is right.

Examples:
  winnow prune model.gguf --choice choice.json -o pruned.gguf
  winnow prune model-F16.gguf --choice choice.json -o pruned-Q4_K_M.gguf --type Q4_K_M --imatrix-run
  winnow prune model-F16.gguf --choice choice.json -o narrow-Q4_K_M.gguf --type Q4_K_M --imatrix-run --width 0.75`,
    )
    .action(async (model: string, flags: Flags) => {
      const { imatrix, imatrixRun, width } = flags;
      if (imatrix !== undefined && imatrixRun !== undefined) throw usage('Give either --imatrix or --imatrix-run.');
      const quantise = quantiseOptionsFrom(flags);
      if ((imatrix !== undefined || imatrixRun !== undefined) && !quantise && width === undefined) {
        throw usage('An importance matrix needs --type or --width.');
      }
      const { toRead, toWrite } = context;
      const { nextn, lowerUsed: allowFewerUsed, force: overwrite, dryRun } = flags;
      context.computeWith({ placement: placementFrom(flags) });
      const result = await runJob(
        context,
        'export',
        () =>
          context.call('exports.start', {
            choice: { kind: 'file', model: { kind: 'file', grant: toRead(model) }, file: toRead(flags.choice) },
            target: toWrite(flags.output),
            options: {
              nextn,
              allowFewerUsed,
              overwrite,
              dryRun,
              quantise: quantise ?? null,
              activeExperts: flags.activeExperts,
              width,
              imatrix: imatrix === undefined ? null : toRead(imatrix),
              imatrixRun: imatrixRun === true ? 'own' : (imatrixRun ?? null),
              repair:
                flags.repair === undefined
                  ? null
                  : {
                      limit: REPAIR_DEMOS,
                      demos: flags.repair === true ? null : flags.repair.map(toRead),
                    },
            },
          }),
        showExport(context, quantise ? 'quantising' : 'writing'),
      );
      const { displayPath: path, bytes, sha256 } = result;
      const document = {
        output: path,
        bytes,
        n_expert: result.keep,
        ...(quantise ? { type: quantise.type } : {}),
        ...(result.imatrixRun === null ? {} : { imatrix_run: result.imatrixRun }),
        kept: result.kept,
        sha256,
        seconds: result.seconds,
        warnings: result.warnings,
        ...repairDocument(result),
        ...(flags.dryRun ? { dry_run: true } : {}),
      };
      const size = `${quantise ? `${quantise.type}, ` : ''}${displayBytes(bytes)} instead of ${displayBytes(result.fullBytes)}`;
      const text = flags.dryRun
        ? `Would write ${printableName(flags.output)}: ${result.keep} experts per layer, ${size}. Nothing was written.${repairText(result)}`
        : `${printableName(path)}\n${result.keep} experts per layer, ${size}, written and verified in ${formatSeconds(result.seconds)}.${repairText(result)}`;
      context.output.result(document, text);
    });
}
