// A stored selection in the form that the interface shows.
import type { Selection, SelectionState } from '../../../contract/api/selections.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { keptCount } from '../../../contract/kept-experts.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import { say } from '../../../contract/sentences.ts';
import { modelName } from '../../models/model-name.ts';
import { selectionHash } from '../selection/selection.ts';
import { selectionSettingsSchema, type SelectionSettings } from '../selection/selection-settings.ts';
import type { Store } from '../../store/database.ts';
import { getModel, type StoredModel } from '../../store/models.ts';
import { getSelection, type StoredSelection } from '../../store/selections.ts';

export type SelectionOfModel = { readonly selection: StoredSelection; readonly model: StoredModel };

/** @throws WinnowError USAGE: there is no such selection */
export function requireSelection(store: Store, selectionId: number): SelectionOfModel {
  const selection = getSelection(store, selectionId);
  const model = selection && getModel(store, selection.modelId);
  if (selection && model) return { selection, model };
  throw new WinnowError('USAGE', say('selectionDeleted'), {
    selectionId,
  });
}

/** The hash by which figures and files know the selection. */
export function hashOf({ selection, model }: SelectionOfModel): string {
  const { grouping, activeExperts } = settingsOf(selection);
  return selectionHash(model.info, { kept: selection.kept, grouping, activeExperts });
}

/** The hash of a selection by its id; null: it was deleted, or there is none. */
export function hashOfId(store: Store, selectionId: number | null): string | null {
  const selection = selectionId === null ? undefined : getSelection(store, selectionId);
  const model = selection && getModel(store, selection.modelId);
  return selection && model ? hashOf({ selection, model }) : null;
}

/** What led to the selection, as far as its row states it. */
export function settingsOf({ settings }: StoredSelection): SelectionSettings {
  return selectionSettingsSchema.safeParse(settings).data ?? selectionSettingsSchema.parse({});
}

/** Names of the domains that the experts were chosen for; none for an imported mask. */
export function domainsOf(selection: StoredSelection): string[] {
  return settingsOf(selection).demos.map(({ domain }) => domain);
}

/** A name if the user gave none: "python 15/32", "law + medicine 64/128, reap, 4 active". */
function selectionName(selection: StoredSelection, { nExpert }: ModelInfo): string {
  const criterion = selection.criterion === null || selection.criterion === 'easy-ep' ? '' : `, ${selection.criterion}`;
  const { activeExperts } = settingsOf(selection);
  const active = activeExperts === null ? '' : `, ${activeExperts} active`;
  return `${domainsOf(selection).join(' + ')} ${keptCount(selection.kept)}/${nExpert}${criterion}${active}`.trim();
}

/** The part of a selection that lists and histories show; it needs no hash. */
export function selectionState({ selection, model }: SelectionOfModel): Omit<SelectionState, 'parentId'> {
  return {
    id: selection.id,
    name: selection.name === '' ? selectionName(selection, model.info) : selection.name,
    isNamed: selection.name !== '',
    keep: keptCount(selection.kept),
    nExpert: model.info.nExpert,
    request: settingsOf(selection).selection,
    createdMs: selection.createdMs,
  };
}

/** @param modelId the model's id in the library; null: it is not there */
export function selectionView({ selection, model }: SelectionOfModel, modelId: string | null): Selection {
  const { grouping, activeExperts, retained } = settingsOf(selection);
  return {
    ...selectionState({ selection, model }),
    hash: hashOf({ selection, model }),
    modelId,
    modelName: modelName(model.info),
    criterion: selection.criterion,
    domains: domainsOf(selection),
    kept: selection.kept,
    retained,
    grouping,
    activeExperts,
  };
}
