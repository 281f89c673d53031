// winnow calibrate MODEL.gguf --mask mask.json --demos FILE... -o calibration.gguf
import { Option, type Command } from 'commander';
import type { CalibrationGate } from '../../contract/calibration.ts';
import type { FittedParts } from '../../contract/fitted-parts.ts';
import { FITTED_PARTS } from '../../contract/fitted-parts.ts';
import { REPAIR_DEMOS, REPAIR_TOKENS, type RepairCost } from '../../contract/repair.ts';
import { displayBytes } from '../../contract/display-bytes.ts';
import type { Interval } from '../../contract/interval.ts';
import { printableName } from '../../contract/printable.ts';
import type { CalibrationOutcome } from '../../contract/api/calibrations.ts';
import { fileArgument, shellWord } from '../../engine/base/files/shell-word.ts';
import type { Context } from '../context.ts';
import {
  addLimitOptions,
  addMemoryLimit,
  addPlacementOptions,
  placementFrom,
  wholeNumber,
  type LimitFlags,
  type PlacementFlags,
} from '../options.ts';
import { chosenFile } from '../choice-file.ts';
import { partsOption } from '../repair-text.ts';
import { jobTimeLeft, runJob } from '../run-job.ts';
import { formatSeconds, formatSecondsRange } from '../output.ts';

type Flags = PlacementFlags &
  LimitFlags & {
    readonly mask?: string;
    readonly recipe?: string;
    readonly demos: string[];
    readonly domain?: string;
    readonly output: string;
    readonly maxTokens?: number;
    readonly parts: FittedParts;
    readonly grouping?: 'ungrouped' | 'balanced';
    readonly activeExperts?: number;
    readonly force: boolean;
    readonly dryRun: boolean;
  };

/** Adds `winnow calibrate`. */
export function addCalibrate(program: Command, context: Context): void {
  const command = program
    .command('calibrate')
    .description(
      'calibrate a model’s routers and fit its experts’ down matrices to the kept experts; writes a file only if that clearly helps',
    )
    .argument('<model>', 'the full model: GGUF file, or any part of a split one')
    .option('--mask <file>', 'mask.json from "winnow select", or a list of 0s and 1s for each MoE layer')
    .option('--recipe <file>', 'instead of a mask: a recipe for this very file')
    .requiredOption(
      '--demos <files...>',
      'demos of the domain, at least 12; ideally those that the experts were chosen by',
    )
    .option('--domain <name>', 'name of the domain (default: the first file’s name)')
    .requiredOption('-o, --output <file>', 'the fitted parts, for "winnow prune --calibration"')
    .addOption(partsOption('it', FITTED_PARTS))
    .option(
      '--max-tokens <n>',
      `use at most n tokens of each demo (default: ${REPAIR_TOKENS} for all demos together)`,
      wholeNumber(16),
    )
    .addOption(
      new Option(
        '--grouping <how>',
        'as for "winnow prune": drop or keep the groups of models that route in groups (default: as in the mask or recipe)',
      ).choices(['ungrouped', 'balanced']),
    )
    .option('--active-experts <n>', 'as for "winnow prune": number of experts per token', wholeNumber(1))
    .option('--force', 'overwrite the output', false)
    .option('--dry-run', 'check everything, and say what it would take', false);
  addMemoryLimit(addPlacementOptions(addLimitOptions(command)))
    .addHelpText(
      'after',
      `
Three quarters of the demos are fitted to (for routers, four of these decide when to stop). The answers of the other
quarter judge: a file is written only if it lowers their KL divergence for sure; the numbers are printed either way. If a
demo is too long, a window with its answer is used. Without --limit, at most ${REPAIR_DEMOS} demos are used, since all of
them run through the model at once.
Down matrices have the model's type. For a quantised file, "winnow prune --type … --repair" is better: it fits them to
what quantising has left. With --parts routers, all expert weights stay byte for byte.
Interrupted? Run the same command again: it continues at the layer where it stopped.
A recipe carries no calibration: send the calibration file along with it.

Example:
  winnow calibrate model.gguf --mask mask.json --demos tickets.jsonl -o calibration.gguf
  winnow prune model.gguf --mask mask.json --calibration calibration.gguf -o pruned.gguf`,
    )
    .action(async (model: string, flags: Flags) => {
      const { demos, domain, output, dryRun } = flags;
      context.computeWith({ placement: placementFrom(flags) });
      const { limit = REPAIR_DEMOS, limitBy, limitSeed, maxTokens, grouping, activeExperts } = flags;
      const outcome = await runJob(
        context,
        'calibrate',
        () =>
          context.call('calibrations.start', {
            choice: chosenFile(context, model, flags),
            demos: { kind: 'files', grants: demos.map(context.toRead), domain },
            target: context.toWrite(output),
            parts: [...flags.parts],
            limit,
            limitBy,
            limitSeed,
            maxTokens,
            grouping,
            activeExperts,
            overwrite: flags.force,
            dryRun,
          }),
        {
          onProgress: (view) => context.output.progress('calibrating', view.done, view.total, jobTimeLeft(view)),
        },
      );
      context.output.result(documentOf(outcome), textOf(outcome, output));
    });
}

function documentOf({ cost, gate, blocks, file, seconds }: CalibrationOutcome) {
  return {
    output: file?.displayPath ?? null,
    bytes: file?.bytes ?? null,
    sha256: file?.sha256 ?? null,
    kept: gate?.kept ?? null,
    gate,
    blocks,
    cost: {
      demos: cost.demos,
      tokens: cost.tokens,
      candidates: cost.candidates,
      seconds: cost.seconds,
      scratch_bytes: cost.scratchBytes,
      more_bytes: cost.moreBytes,
    },
    seconds,
  };
}

function textOf({ cost, gate, file, seconds }: CalibrationOutcome, output: string): string {
  if (gate === null) return `${costText(cost)}\nNothing was computed.`;
  return [
    gateText(gate),
    file === null
      ? `Not clearly better: nothing was written. Prune without a calibration.`
      : `${printableName(file.displayPath)}: ${displayBytes(file.bytes)}, fitted, judged and written in ${formatSeconds(seconds)}.`,
    ...(file === null ? [] : [`Next: winnow prune … --calibration ${shellWord(fileArgument(output))}`]),
  ].join('\n');
}

function costText({ demos, tokens, candidates, seconds, scratchBytes, moreBytes }: RepairCost): string {
  return [
    `${demos.fitted} demos to fit to, ${demos.aside} to decide when to stop, ${demos.judging} to judge; ${tokens} tokens pass through the model at once.`,
    `Takes some ${formatSecondsRange(seconds)}.`,
    `Meanwhile it needs ${displayBytes(scratchBytes)} of disk space and ${displayBytes(moreBytes)} more memory than scoring.`,
    ...(candidates === 0 ? [] : [`A token may go to ${candidates} experts of a layer.`]),
  ].join('\n');
}

function gateText({ demos, tokens, kl, top1 }: CalibrationGate): string {
  const shown = ({ value, low, high }: Interval, digits: number): string =>
    low === null || high === null
      ? value.toFixed(digits)
      : `${value.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
  return [
    `On ${demos} demos that nothing was fitted to (${tokens} tokens), 95 % intervals of the differences demo by demo:`,
    `  KL divergence from the full model   ${kl.before.value.toFixed(4)} -> ${kl.after.value.toFixed(4)} nats   difference ${shown(kl.difference, 4)}`,
    `  top-1 agreement                     ${(100 * top1.before.value).toFixed(1)} -> ${(100 * top1.after.value).toFixed(1)} %      difference ${shown({ ...top1.difference, value: 100 * top1.difference.value, low: top1.difference.low === null ? null : 100 * top1.difference.low, high: top1.difference.high === null ? null : 100 * top1.difference.high }, 1)}`,
  ].join('\n');
}
