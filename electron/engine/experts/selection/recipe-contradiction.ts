// A recipe states several things twice: for people and for programs, as requested and as a result. If an editor or another program has
// changed only one of both places, neither can be trusted.
import { keptCount } from '../../../contract/kept-experts.ts';
import type { RecipeFile } from '../../../contract/recipe-file.ts';
import { say, type Sentence } from '../../../contract/sentences.ts';
import { demosHash } from './demos-hash.ts';
import { countOfRatio } from './keep-count.ts';
import { selectionSettingsSchema, type SelectionSettings } from './selection-settings.ts';

type Contradiction = { readonly place: string; readonly reason: Sentence | string };

/** The first place where a recipe contradicts itself; null: nowhere. */
export function recipeContradiction(recipe: RecipeFile): Contradiction | null {
  const { data: settings, error } = selectionSettingsSchema.safeParse(recipe.settings);
  if (!settings) {
    const [issue] = error.issues;
    return {
      place: ['settings', ...(issue?.path ?? [])].map(String).join('.'),
      reason: issue?.message ?? 'another form',
    };
  }
  return ofModel(recipe) ?? ofKept(recipe) ?? ofRequest(recipe, settings) ?? ofDemos(settings);
}

function ofModel({ model }: RecipeFile): Contradiction | null {
  const { moe_layers: blocks, n_expert: nExpert, n_expert_used: used } = model;
  if (!isAscending(blocks)) return { place: 'model.moe_layers', reason: say('recipeNotAscending') };
  if (used > nExpert) return { place: 'model.n_expert_used', reason: say('usedCountWrong', { used, nExpert }) };
  return null;
}

function ofKept({ kept }: RecipeFile): Contradiction | null {
  const layer = kept.findIndex((experts) => !isAscending(experts));
  return layer < 0 ? null : { place: `kept.${layer}`, reason: say('recipeNotAscending') };
}

/** Compares the request with what the recipe lists, and with the settings that repeat it. */
function ofRequest(recipe: RecipeFile, settings: SelectionSettings): Contradiction | null {
  const { selection } = settings;
  if (selection === null) return null;
  const { kept, criterion, model } = recipe;
  const place = (name: string): string => `settings.selection.${name}`;
  const twice = [
    ['criterion', 'criterion', selection.criterion, criterion],
    ['mix', 'settings.mix', selection.mix, settings.mix],
    ['grouping', 'settings.grouping', selection.grouping, settings.grouping],
    ['activeExperts', 'settings.activeExperts', selection.activeExperts ?? null, settings.activeExperts],
    ['seed', 'settings.seed', selection.seed, settings.seed],
    ['tokens', 'settings.tokens', selection.tokens ?? 'all', settings.tokens],
    ['superExperts', 'settings.superExperts', selection.superExperts ?? 'rank', settings.superExperts],
  ] as const;
  for (const [name, otherPlace, said, other] of twice) {
    if (said === other) continue;
    return {
      place: place(name),
      reason: say('recipeSaysOther', { said: String(said), other: String(other), otherPlace }),
    };
  }
  const { keep, pins, drops } = selection;
  const said =
    keep.kind === 'count' ? keep.count : keep.kind === 'ratio' ? countOfRatio(keep.ratio, model.n_expert) : null;
  const listed = keptCount(kept);
  if (said !== null && said !== listed) {
    return { place: place('keep'), reason: say('recipeSaysCount', { said, listed }) };
  }
  const isListed = ({ layer, expert }: (typeof pins)[number]): boolean => kept[layer]?.includes(expert) ?? false;
  const lost = pins.find((pin) => !isListed(pin));
  if (lost) return { place: place('pins'), reason: say('recipePinUnlisted', lost) };
  const back = drops.find(isListed);
  return back ? { place: place('drops'), reason: say('recipeDropListed', back) } : null;
}

function ofDemos({ demos }: SelectionSettings): Contradiction | null {
  for (const [i, { demos: names, hash, hashes }] of demos.entries()) {
    if (hashes === undefined) continue;
    const place = `settings.demos.${i}`;
    if (hashes.length !== names.length) {
      return { place, reason: say('recipeDemoCount', { demos: names.length, hashes: hashes.length }) };
    }
    if (hash !== undefined && hash !== demosHash(hashes)) return { place, reason: say('recipeDemosHash') };
  }
  return null;
}

function isAscending(numbers: readonly number[]): boolean {
  return numbers.every((number, i) => i === 0 || number > numbers[i - 1]!);
}
