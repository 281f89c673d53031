// Whether a JSON file of unstated purpose is a choice of experts, that is, a recipe or a mask. Examples may be JSON, too.
import { WinnowError } from '../../../contract/errors.ts';
import { keptCount, type KeptExperts } from '../../../contract/kept-experts.ts';
import { readJsonFile } from '../../base/files/user-files.ts';
import { isMaskDocument, maskOfFile } from './mask-file.ts';
import { isRecipe, MAX_RECIPE_BYTES, recipeOfFile } from './recipe-file.ts';

export type RecognisedChoice = {
  readonly kind: 'recipe' | 'mask';
  /** Fingerprint of exactly the model that it is for, with the model's name; null: a bare mask is for any model of its shape. */
  readonly fingerprint: string | null;
  readonly model: string | null;
  /** The hash that all types of that model share; absent: the file does not state it. */
  readonly kindred?: string;
  readonly keep: number;
  readonly nLayers: number;
  readonly nExpert: number;
};

/**
 * A file of only rows of numbers or of false and true is meant as a mask, whatever is wrong with it: examples never look like that.
 * @returns null: it is not a choice, or cannot be read
 * @throws WinnowError MASK_INVALID: it is meant as a choice, but cannot be used
 */
export async function recogniseChoice(path: string): Promise<RecognisedChoice | null> {
  const value = await readJsonFile(path, 'MASK_INVALID', MAX_RECIPE_BYTES).catch((error: unknown) => {
    if (error instanceof WinnowError) return null;
    throw error;
  });
  if (isRecipe(value)) {
    const { model, kept } = recipeOfFile(value, path);
    const { fingerprint, name, kindred, n_expert: nExpert } = model;
    return { kind: 'recipe', fingerprint, model: name, ...shapeOf(kept, nExpert), ...(kindred && { kindred }) };
  }
  if (!isMeantAsMask(value)) return null;
  const { kept, nExpert, document } = maskOfFile(value, path);
  const { fingerprint = null, file = null, kindred } = document?.model ?? {};
  return { kind: 'mask', fingerprint, model: file, ...shapeOf(kept, nExpert), ...(kindred && { kindred }) };
}

function shapeOf(kept: KeptExperts, nExpert: number): Pick<RecognisedChoice, 'keep' | 'nLayers' | 'nExpert'> {
  return { keep: keptCount(kept), nLayers: kept.length, nExpert };
}

function isMeantAsMask(value: unknown): boolean {
  if (isMaskDocument(value)) return true;
  const isMark = (mark: unknown): boolean => typeof mark === 'number' || typeof mark === 'boolean';
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((row) => Array.isArray(row) && row.length > 0 && row.every(isMark))
  );
}
