// winnow recipe -o recipe.json
import { Option, type Command } from 'commander';
import { RECIPE_FORMS, type RecipeForm } from '../../contract/recipe-file.ts';
import type { Context } from '../context.ts';
import { usage } from '../output.ts';
import { checkOutput } from '../output-target.ts';
import { addSubjectOptions, chosenSubject, type SubjectFlags } from '../subject-options.ts';
import { printableName } from '../../contract/printable.ts';

type Flags = SubjectFlags & {
  readonly output?: string;
  readonly as: RecipeForm;
  readonly force: boolean;
};

/** Adds `winnow recipe`. */
export function addRecipe(program: Command, context: Context): void {
  const command = program
    .command('recipe')
    .description('write which experts to keep, and their ranking, as a small file to share instead of the weights');
  addSubjectOptions(command)
    .option('-o, --output <file>', 'the recipe: JSON')
    .addOption(
      new Option('--as <form>', 'a recipe, or a list of experts for another program')
        .choices(RECIPE_FORMS)
        .default('winnow'),
    )
    .option('--force', 'overwrite any existing file', false)
    .addHelpText(
      'after',
      `
Anyone with the same model file can make the same pruned file: winnow prune model.gguf --recipe
recipe.json -o pruned.gguf. The recipe holds the demos' names and hashes, not their text.

The lists for other programs: "vllm" is the profile of vLLM's pull request 37824, "vllm-ascend" the
expert list of vLLM-Ascend's 12525 (neither is merged), "ktransformers" the counts by which SGLang
with KTransformers places experts. docs/METHOD.md says how each is used.

Examples:
  winnow recipe -o recipe.json
  winnow recipe --file pruned.gguf --as vllm-ascend -o experts.jsonl`,
    )
    .action(async (flags: Flags) => {
      const { output } = context;
      if (!output.json && flags.output === undefined) {
        throw usage('Say where the recipe goes: -o recipe.json, or --json for this terminal.');
      }
      if (output.json && flags.as !== 'winnow' && flags.output === undefined) {
        throw usage(`--json prints the recipe itself. Give -o for the form "${flags.as}".`);
      }
      await checkOutput(context, flags.output, [], { kind: 'recipe', overwrite: flags.force });
      const { recipe } = await context.call('exports.recipe', {
        subject: chosenSubject(flags, context),
        form: flags.as,
        target: context.toWrite(flags.output),
        overwrite: true,
      });
      output.result(recipe, printableName(flags.output ?? ''));
    });
}
