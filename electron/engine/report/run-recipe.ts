// The recipe use case: takes a selection, and writes its recipe or a list of experts for another program.
import { WinnowError } from '../../contract/errors.ts';
import type { RecipeFile, RecipeForm } from '../../contract/recipe-file.ts';
import { say } from '../../contract/sentences.ts';
import type { EngineContext } from '../store/engine-context.ts';
import { companionPath, writeNewFile } from '../base/files/companion.ts';
import { refuseInputAsOutput } from '../base/files/user-files.ts';
import { RunTotals } from '../experts/runs/run-totals.ts';
import { recipeText } from '../experts/selection/recipe-forms.ts';
import { makeRecipe } from '../experts/selections/make-recipe.ts';
import type { ScoreSources } from '../experts/selections/selection-scores.ts';
import { quantisedPart } from './quantised-part.ts';
import { requireRecorded } from './recorded-file.ts';
import { findSubject, writtenOf, type ReportChoice, type ReportSubject } from './subject.ts';

type RecipeRequest = {
  readonly choice: ReportChoice;
  /** undefined: the recipe is not written, unless `beside` asks for it beside its file. */
  readonly output: string | undefined;
  readonly beside: boolean;
  readonly form: RecipeForm;
  /** Whether to replace an existing file. */
  readonly overwrite: boolean;
};

/**
 * Makes the recipe.
 * @throws WinnowError USAGE: there is no such selection, or it would overwrite a model; TARGET_EXISTS, TARGET_UNWRITABLE, NO_SPACE, STORE;
 * the signal's reason
 */
export async function runRecipe(
  { choice, output, beside, form, overwrite }: RecipeRequest,
  context: EngineContext,
  signal?: AbortSignal,
): Promise<{ readonly path: string | null; readonly recipe: RecipeFile }> {
  const { store } = context;
  const subject = findSubject(store, choice);
  if (choice.kind === 'file' && subject.file) {
    await requireRecorded(subject.file, { host: context.host, known: context.known, signal });
  }
  const recipe = await recipeOfSubject(subject, { store, totals: new RunTotals(store) }, signal);
  const path = beside ? companionPath(writtenOf(subject).outputPath, RECIPE_ENDINGS[form]) : output;
  if (path === undefined) return { path: null, recipe };
  const { model, file } = subject;
  await refuseInputAsOutput(path, [...model.info.parts, ...(file?.plan.files ?? [])]);
  await writeNewFile(path, recipeText(recipe, form), overwrite);
  return { path, recipe };
}

/** Endings of the names of recipes beside their model files. */
const RECIPE_ENDINGS: Readonly<Record<RecipeForm, string>> = {
  winnow: '.recipe.json',
  vllm: '.vllm.json',
  'vllm-ascend': '.vllm-ascend.jsonl',
  ktransformers: '.ktransformers.json',
};

/** The recipe of a report's subject. @throws WinnowError USAGE: no selection keeps the file's experts; as `makeRecipe` */
async function recipeOfSubject(
  { selection, model, file }: Pick<ReportSubject, 'selection' | 'model' | 'file'>,
  sources: ScoreSources,
  signal?: AbortSignal,
): Promise<RecipeFile> {
  if (selection) {
    const recipe = await makeRecipe({ selection, model }, sources, signal);
    const { quantised, how } = file?.plan ?? {};
    const width = how?.width ?? null;
    return {
      ...recipe,
      ...(quantised && { quantised: quantisedPart(quantised) }),
      ...(width !== null && { width }),
    };
  }
  throw new WinnowError('USAGE', say('recipeNeedsSelection'));
}
