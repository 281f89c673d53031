// winnow prune-checkpoint FOLDER --choice choice.json -o NEW-FOLDER
import type { Command } from 'commander';
import type { CallParams } from '../../contract/api.ts';
import type { CheckpointOutcome } from '../../contract/api/checkpoints.ts';
import { displayBytes } from '../../contract/display-bytes.ts';
import { printableName } from '../../contract/printable.ts';
import type { PruneRequest } from '../../contract/requests.ts';
import { inEnglish } from '../../contract/sentences.ts';
import type { Context } from '../context.ts';
import {
  activeExpertsOption,
  choiceOption,
  dryRunOption,
  lowerUsedOption,
  nextnOption,
  outputOption,
  selectionOption,
} from '../options.ts';
import { formatSeconds, usage } from '../output.ts';
import { jobTimeLeft, runJob } from '../run-job.ts';

type Flags = {
  readonly choice?: string;
  readonly selection?: number;
  readonly model?: string;
  readonly output: string;
  readonly nextn: PruneRequest['nextn'];
  readonly activeExperts?: number;
  readonly lowerUsed: boolean;
  readonly dryRun: boolean;
};

/** Adds `winnow prune-checkpoint`. */
export function addPruneCheckpoint(program: Command, context: Context): void {
  program
    .command('prune-checkpoint')
    .description(
      'write a smaller checkpoint for other runtimes: the kept experts of the original’s safetensors or of MLX’s',
    )
    .argument('<folder>', 'the checkpoint: config.json, safetensors and their index, tokenizer')
    .addOption(choiceOption('choice.json from "winnow select"'))
    .addOption(selectionOption('instead of a file: this selection of experts'))
    .option(
      '--model <file>',
      'the GGUF in which the experts were chosen; its routers must be the same as the checkpoint’s (default: where Winnow last saw it)',
    )
    .addOption(outputOption('the new checkpoint: a folder that does not exist yet').makeOptionMandatory())
    .addOption(nextnOption(['scored', 'drop', 'reuse']))
    .addOption(activeExpertsOption())
    .addOption(lowerUsedOption())
    .addOption(dryRunOption())
    .addHelpText(
      'after',
      `
Supported: qwen3_moe, qwen2_moe, olmoe, mixtral, deepseek_v3, glm4_moe and gpt_oss, with one tensor per expert or one for
all experts of a layer, and the same models in MLX's form. Kept experts stay byte for byte and are renumbered; everything
except the weights is copied. The folder is written under a temporary name, read back, and renamed only if it is right.

Examples:
  winnow prune-checkpoint Qwen3-30B-A3B --choice choice.json -o Qwen3-30B-A3B-python-64e
  winnow prune-checkpoint Qwen3-30B-A3B --choice choice.json --model Qwen3-30B-A3B-Q8_0.gguf -o Qwen3-30B-A3B-python-64e`,
    )
    .action(async (folder: string, flags: Flags) => {
      const { output, nextn, activeExperts, lowerUsed: allowFewerUsed, dryRun } = flags;
      const outcome = await runJob(
        context,
        'checkpoint',
        () =>
          context.call('checkpoints.start', {
            checkpoint: context.toFolder(folder),
            choice: toChoice(flags, context),
            model: flags.model === undefined ? undefined : { kind: 'file', grant: context.toRead(flags.model) },
            target: context.toWrite(output),
            nextn,
            activeExperts,
            allowFewerUsed,
            dryRun,
          }),
        { onProgress: (view) => context.output.progress('writing', view.done, view.total, jobTimeLeft(view)) },
      );
      context.output.result(toDocument(outcome, dryRun), toText(outcome, output, dryRun));
    });
}

type Choice = CallParams<'checkpoints.start'>['choice'];

function toChoice({ choice: file, selection }: Flags, { toRead }: Context): Choice {
  const choices: Choice[] = [
    ...(file === undefined ? [] : [{ kind: 'file', file: toRead(file) } as const]),
    ...(selection === undefined ? [] : [{ kind: 'selection', selectionId: selection } as const]),
  ];
  const [choice] = choices;
  if (choice === undefined || choices.length > 1) throw usage('Give either --choice or --selection.');
  return choice;
}

function toDocument(outcome: CheckpointOutcome, dryRun: boolean) {
  const { displayPath, modelType, keep, nExpert, fullBytes, leftOut, warnings, ...rest } = outcome;
  return {
    output: displayPath,
    model_type: modelType,
    n_expert: keep,
    n_expert_before: nExpert,
    bytes_before: fullBytes,
    ...rest,
    left_out: leftOut,
    warnings: warnings.map(inEnglish),
    ...(dryRun && { dry_run: true }),
  };
}

function toText(outcome: CheckpointOutcome, output: string, dryRun: boolean): string {
  const { displayPath, keep, nExpert, bytes, fullBytes, copied, leftOut, proved, seconds } = outcome;
  const size = `${keep} of ${nExpert} experts per layer, ${displayBytes(bytes)} of weights instead of ${displayBytes(fullBytes)}`;
  const lines = dryRun
    ? [`Would write ${printableName(output)}: ${size}. Nothing was written.`]
    : [
        printableName(displayPath),
        `${size}, written and verified in ${formatSeconds(seconds)}; ${copied} other files copied.`,
      ];
  return [
    ...lines,
    ...(proved === 'routers'
      ? ['Its routers are those of the GGUF that the experts were chosen in, value for value.']
      : []),
    ...(leftOut.length > 0 ? [`Left out: ${leftOut.map(printableName).join(', ')}`] : []),
  ].join('\n');
}
