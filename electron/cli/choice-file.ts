// The file that says which experts are kept: a mask or a recipe.
import type { ChoiceFile } from '../contract/api/common.ts';
import type { Context } from './context.ts';
import { usage } from './output.ts';

/** Returns the file that names the kept experts. @throws WinnowError USAGE: neither file is given, or both are */
export function chosenFile(
  { toRead }: Context,
  model: string,
  { mask, recipe }: { readonly mask?: string; readonly recipe?: string },
): ChoiceFile {
  const of = { kind: 'file', grant: toRead(model) } as const;
  if (mask !== undefined && recipe === undefined) return { kind: 'mask', model: of, mask: toRead(mask) };
  if (recipe !== undefined && mask === undefined) return { kind: 'recipe', model: of, recipe: toRead(recipe) };
  throw usage('Give either --mask or --recipe.');
}
