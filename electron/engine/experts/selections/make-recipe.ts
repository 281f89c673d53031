// Makes the recipe of a stored selection.
import { basename } from 'node:path';
import { z } from 'zod';
import type { ScoreMatrix } from '../../../contract/criteria.ts';
import { RECIPE_FORMAT, RECIPE_VERSION, type RecipeFile } from '../../../contract/recipe-file.ts';
import { blocksOfChoice } from '../../models/prediction-blocks.ts';
import { modelName } from '../../models/model-name.ts';
import { expertsOfUnits, layerRules, unitScores } from '../selection/layer-rules.ts';
import { settingsOf, type SelectionOfModel } from './selection-view.ts';
import { selectionScores, type ScoreSources } from './selection-scores.ts';

const settingsObject = z.record(z.string(), z.json());

/** @throws WinnowError STORE: a stored matrix is damaged; the signal's reason */
export async function makeRecipe(
  { selection, model: { info } }: SelectionOfModel,
  sources: ScoreSources,
  signal?: AbortSignal,
): Promise<RecipeFile> {
  const { selection: request } = settingsOf(selection);
  const isRanked = request !== null && !(request.mix === 'max-min' && request.runIds.length > 1);
  const matrix = isRanked ? await selectionScores(request, sources, signal) : null;
  return {
    format: RECIPE_FORMAT,
    version: RECIPE_VERSION,
    model: {
      name: modelName(info),
      file: basename(info.path),
      arch: info.arch,
      fingerprint: info.fingerprint,
      ...(info.kindred !== undefined && { kindred: info.kindred }),
      file_type: info.fileType,
      n_layers: info.blockCount - info.nextnLayers.length,
      moe_layers: blocksOfChoice(info, selection.kept),
      n_expert: info.nExpert,
      n_expert_used: info.nExpertUsed,
    },
    criterion: selection.criterion,
    settings: settingsObject.safeParse(selection.settings).data ?? {},
    kept: selection.kept,
    ranking: matrix && rankingOf(matrix, info.expertsPerBlock),
  };
}

/** All experts of each layer by score, ties to the lower index; experts that share weights are listed together. */
function rankingOf(matrix: ScoreMatrix, expertsPerBlock: number): number[][] {
  const { nLayers, nExpert, scores } = matrix;
  const all = { keep: nExpert, nExpertUsed: 1, expertsPerBlock };
  return layerRules(all, nLayers, nExpert).map((rules, layer) => {
    const ofUnits = unitScores(rules, scores.subarray(layer * nExpert, (layer + 1) * nExpert));
    const units = Array.from(ofUnits.keys()).sort((a, b) => ofUnits[b]! - ofUnits[a]! || a - b);
    return expertsOfUnits(rules, units);
  });
}
