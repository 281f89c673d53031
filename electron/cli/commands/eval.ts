// winnow eval MODEL.gguf --text FILE
import { Option, type Command } from 'commander';
import type { Context } from '../context.ts';
import { evaluationDocument, evaluationText } from '../evaluation-output.ts';
import { addPlacementOptions, placementFrom, wholeNumber, type PlacementFlags } from '../options.ts';
import { usage } from '../output.ts';

type Flags = PlacementFlags & {
  readonly text: string;
  readonly mask?: string;
  readonly against?: string;
  readonly grouping: 'ungrouped' | 'balanced';
  readonly ctx: number;
  readonly chunks?: number;
};

export function addEval(program: Command, context: Context): void {
  const command = program
    .command('eval')
    .description('measure a model on a text: perplexity, and against a full model KL divergence and top-1 agreement')
    .argument('<model>', 'GGUF file, or any part of a split one')
    .requiredOption('--text <file>', 'plain text that the model was not scored on')
    .option('--mask <file>', 'mask the dropped experts first: a preview of the pruned file')
    .option('--against <model>', 'the full model to compare with')
    .addOption(
      new Option('--grouping <how>', 'with --mask on models that route in groups')
        .choices(['ungrouped', 'balanced'])
        .default('ungrouped'),
    )
    .option('--ctx <n>', 'tokens a chunk; the second half of each is scored', wholeNumber(8), 512)
    .option('--chunks <n>', 'only the first n chunks', wholeNumber(1));
  addPlacementOptions(command)
    .addHelpText(
      'after',
      `
Perplexity is computed as llama-perplexity does with the same context.

Example:
  winnow eval pruned.gguf --text held-out.txt --against model.gguf`,
    )
    .action(async (model: string, flags: Flags) => {
      if (flags.ctx % 2 !== 0) throw usage('--ctx must be even.');
      const result = await context.engine.evaluate(
        {
          model,
          text: flags.text,
          mask: flags.mask,
          against: flags.against,
          grouping: flags.grouping,
          ctx: flags.ctx,
          chunks: flags.chunks,
          placement: placementFrom(flags),
        },
        {
          signal: context.signal,
          onWarning: (text) => context.output.warn(text),
          onProgress: ({ done, total }) => context.output.progress('evaluating', done, total),
        },
      );
      context.output.result(evaluationDocument(result), evaluationText(result));
    });
}
