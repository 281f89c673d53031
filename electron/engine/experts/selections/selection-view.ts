// A stored selection in the form that the interface shows.
import type { Selection, SelectionState, SelectionHistory } from '../../../contract/api/selections.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { keptCount } from '../../../contract/kept-experts.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import { msg } from '../../../contract/sentences.ts';
import { modelName } from '../../models/model-files.ts';
import { selectionHash, selectionSettingsSchema, type SelectionSettings } from '../selection/selection.ts';
import type { Store } from '../../store/database.ts';
import { getModel, type StoredModel } from '../../store/models.ts';
import { getSelection, type StoredSelection, listStates } from '../../store/selections.ts';

export type SelectionOfModel = { readonly selection: StoredSelection; readonly model: StoredModel };

/** @throws WinnowError USAGE: there is no such selection */
export function requireSelection(store: Store, selectionId: number): SelectionOfModel {
  const selection = getSelection(store, selectionId);
  const model = selection && getModel(store, selection.modelId);
  if (selection && model) return { selection, model };
  throw new WinnowError('USAGE', msg('selectionDeleted'), { selectionId });
}

/** The hash by which figures and files know the selection. */
export function hashOf({ selection, model }: SelectionOfModel): string {
  const { grouping, activeExperts } = readSettings(selection);
  return selectionHash(model.info, { kept: selection.kept, grouping, activeExperts });
}

/** The hash of a stored selection; null: there is none. */
export function hashOfSelection(store: Store, selection: StoredSelection | null | undefined): string | null {
  const model = selection && getModel(store, selection.modelId);
  return selection && model ? hashOf({ selection, model }) : null;
}

/** The hash of a selection by its id; null: it was deleted, or there is none. */
export function hashOfId(store: Store, selectionId: number | null): string | null {
  return hashOfSelection(store, selectionId === null ? null : getSelection(store, selectionId));
}

/** What led to the selection, as far as its row states it. */
export function readSettings({ settings }: StoredSelection): SelectionSettings {
  return selectionSettingsSchema.safeParse(settings).data ?? selectionSettingsSchema.parse({});
}

/** Names of the domains that the experts were chosen for; none for an imported mask. */
export function domainsOf(selection: StoredSelection): string[] {
  return readSettings(selection).demos.map(({ domain }) => domain);
}

/** A name if the user gave none: "python 15/32", "law + medicine 64/128, reap, 4 active". */
function selectionName(selection: StoredSelection, { nExpert }: ModelInfo): string {
  const criterion = selection.criterion === null || selection.criterion === 'easy-ep' ? '' : `, ${selection.criterion}`;
  const { activeExperts } = readSettings(selection);
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
    request: readSettings(selection).selection,
    createdMs: selection.createdMs,
  };
}

/** @param modelId the model's id in the library; null: it is not there */
export function selectionView({ selection, model }: SelectionOfModel, modelId: string | null): Selection {
  const { grouping, activeExperts, retained } = readSettings(selection);
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

/** @param at the current state */
export function readHistory(store: Store, { selection: at, model }: SelectionOfModel): SelectionHistory {
  const states = listStates(store, at.choiceId);
  const parents = new Map(states.map((state) => [state.id, findParent(state, states)]));
  const children = states.filter(({ id }) => parents.get(id) === at.id);
  const [next] = children.toSorted((a, b) => b.usedMs - a.usedMs || b.id - a.id);
  return {
    states: states.map((selection): SelectionState => {
      return { ...selectionState({ selection, model }), parentId: parents.get(selection.id) ?? null };
    }),
    undo: parents.get(at.id) ?? null,
    redo: next?.id ?? null,
  };
}

/**
 * The state that this one was changed from; if that is deleted, the last one before it.
 * @param states all states of the choice, newest first
 */
function findParent({ id, parentId }: StoredSelection, states: readonly StoredSelection[]): number | null {
  if (parentId === null) return null;
  const parent = states.find((state) => state.id === parentId) ?? states.find((state) => state.id < id);
  return parent?.id ?? null;
}
