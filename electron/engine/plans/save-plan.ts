// Stores a choice of experts under a name, with everything that led to it.
import { basename, extname } from 'node:path';
import type { Selection } from '../../contract/api/plans.ts';
import type { ModelInfo } from '../../contract/model-info.ts';
import { requirePrunable } from '../models/inspect.ts';
import { sourceOfRun } from '../runs/run-source.ts';
import { readMaskFile } from '../selection/mask-file.ts';
import { planSettingsSchema, type PlanSettings } from '../selection/plan-settings.ts';
import type { Store } from '../store/database.ts';
import { rememberModel } from '../store/models.ts';
import { addPlan, type StoredPlan } from '../store/plans.ts';
import { chooseFromRuns, type ChooserTools } from './choose-from-runs.ts';
import { planName } from './plan-view.ts';

/**
 * Chooses anew: what is stored is what the runs say now.
 * @param name empty: one that says domains and count
 * @throws WinnowError as `chooseFromRuns`
 */
export async function savePlan(
  store: Store,
  selection: Selection,
  name: string,
  tools: ChooserTools,
  signal?: AbortSignal,
): Promise<StoredPlan> {
  const { model, runs, choice } = await chooseFromRuns(selection, tools, signal);
  const { criterion, mix, grouping, seed } = selection;
  const retained = choice.retained.reduce((sum, share) => sum + share, 0) / choice.retained.length;
  const settings: PlanSettings = {
    mix,
    grouping,
    seed,
    demos: runs.map(({ run }) => sourceOfRun(store, run)),
    retained,
    selection,
  };
  const plan = { modelId: model.id, kept: choice.kept, criterion, settings };
  const given = name.trim();
  return addPlan(store, { ...plan, name: given === '' ? planName(plan, model.info) : given });
}

/**
 * @param info of the model that the mask is for
 * @throws WinnowError NOT_MOE, ARCH_REFUSED; FILE_NOT_FOUND, FILE_UNREADABLE, MASK_INVALID
 */
export async function importMask(store: Store, info: ModelInfo, path: string): Promise<StoredPlan> {
  requirePrunable(info);
  const { kept } = await readMaskFile(path, { nLayers: info.moeLayers.length, nExpert: info.nExpert });
  const modelId = rememberModel(store, info).id;
  const name = basename(path, extname(path));
  return addPlan(store, { modelId, name, kept, criterion: null, settings: planSettingsSchema.parse({}) });
}
