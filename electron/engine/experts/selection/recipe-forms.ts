// A recipe in the formats in which other programs take lists of experts. They number layers by block, as the model's own files do.
import type { RecipeFile, RecipeForm } from '../../../contract/recipe-file.ts';

/** The text of a recipe file in this format. */
export function recipeText(recipe: RecipeFile, form: RecipeForm): string {
  switch (form) {
    case 'winnow':
      return winnowText(recipe);
    case 'vllm':
      return vllmText(ownLayers(recipe));
    case 'vllm-ascend':
      return ascendText(ownLayers(recipe));
    case 'ktransformers':
      return ktransformersText(ownLayers(recipe));
  }
}

/** The recipe without prediction blocks, which follow the model's layers and which other programs number in their own way. */
function ownLayers(recipe: RecipeFile): RecipeFile {
  const { n_layers, moe_layers } = recipe.model;
  const own = moe_layers.filter((block) => block < n_layers);
  const { length } = own;
  return {
    ...recipe,
    model: { ...recipe.model, moe_layers: own },
    kept: recipe.kept.slice(0, length),
    ranking: recipe.ranking?.slice(0, length) ?? null,
  };
}

/** One layer per line, so that two recipes can be compared by eye. */
function winnowText({ kept, ranking, ...rest }: RecipeFile): string {
  const rows = (lists: RecipeFile['kept']): string =>
    `[\n${lists.map((experts) => `    ${JSON.stringify(experts)}`).join(',\n')}\n  ]`;
  const head = JSON.stringify(rest, null, 2).replace(/\n\}$/, '');
  return `${head},\n  "kept": ${rows(kept)},\n  "ranking": ${ranking === null ? 'null' : rows(ranking)}\n}\n`;
}

/** The profile of `--riy-expert-profile` (vllm-project/vllm pull request 37824): the experts that are left out. */
function vllmText({ model, kept }: RecipeFile): string {
  const pruned = kept.flatMap((experts, layer) =>
    allBut(experts, model.n_expert).map((expert) => [model.moe_layers[layer] ?? layer, expert]),
  );
  return `${JSON.stringify({ version: 1, model: model.name, pruned_experts: pruned })}\n`;
}

/**
 * The `expert_list_file` of vllm-project/vllm-ascend pull request 12525: all experts of a layer on one line, best first.
 * `expert_prune_ratio` keeps the first part of the list, so the kept experts come first.
 */
function ascendText(recipe: RecipeFile): string {
  return inOrder(recipe)
    .map((experts, layer) => `${JSON.stringify({ [recipe.model.moe_layers[layer] ?? layer]: experts })}\n`)
    .join('');
}

/**
 * Counts in the form of SGLang's expert distribution recorder, `[1][layer][expert]`: KTransformers puts the experts with the
 * highest counts on the GPU. Ranks instead of counts lead to the same order in each layer. Layers without experts are zeros.
 */
function ktransformersText(recipe: RecipeFile): string {
  const { n_layers, n_expert, moe_layers } = recipe.model;
  const counts = Array.from({ length: n_layers }, () => new Array<number>(n_expert).fill(0));
  inOrder(recipe).forEach((experts, layer) => {
    const row = counts[moe_layers[layer] ?? layer];
    experts.forEach((expert, rank) => row && (row[expert] = n_expert - rank));
  });
  return `${JSON.stringify({ logical_count: [counts] })}\n`;
}

/** Each layer's kept experts, then its others, both by rank if there is one. */
function inOrder({ model, kept, ranking }: RecipeFile): number[][] {
  return kept.map((experts, layer) => {
    const all = ranking?.[layer] ?? [...experts, ...allBut(experts, model.n_expert)];
    const isKept = new Set(experts);
    return [...all.filter((expert) => isKept.has(expert)), ...all.filter((expert) => !isKept.has(expert))];
  });
}

function allBut(experts: readonly number[], nExpert: number): number[] {
  const left = new Set(experts);
  return Array.from({ length: nExpert }, (_, expert) => expert).filter((expert) => !left.has(expert));
}
