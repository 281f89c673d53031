// Stores a choice of experts under a name, with everything that led to it.
import { basename, extname } from 'node:path';
import { printableName } from '../../../contract/printable.ts';
import type { SelectionRequest } from '../../../contract/api/selections.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import type { Sentence } from '../../../contract/sentences.ts';
import { readModelChoice } from '../selection/choice-file.ts';
import { mean } from '../../base/statistics/numbers.ts';
import type { Store } from '../../store/database.ts';
import { knownModel } from '../selection/known-model.ts';
import { hashJson } from '../../base/files/canonical-json.ts';
import {
  addSelection,
  getSelection,
  listSelections,
  markUsed,
  trimHistory,
  type NewSelection,
  type StoredSelection,
} from '../../store/selections.ts';
import { choose, settingsOfChoice, scoresOfRuns, type ChooserTools } from './choose.ts';
import { readSettings } from './selection-view.ts';

/** States of a choice that one can go back to, besides those that were named, written or measured. */
const HISTORY = 200;

type SaveOptions = {
  /** Empty: no name. */
  readonly name: string;
  /** The selection that it was changed from; null or a deleted one: it begins a choice of its own. */
  readonly changedFrom: number | null;
};

/**
 * Chooses anew, so that the stored selection agrees with the runs as they are now. Stores nothing if nothing was changed.
 * @throws WinnowError as `scoresOfRuns` and `choose`
 */
export async function saveSelection(
  store: Store,
  request: SelectionRequest,
  { name, changedFrom }: SaveOptions,
  tools: ChooserTools,
  signal?: AbortSignal,
): Promise<StoredSelection> {
  const before = changedFrom === null ? undefined : getSelection(store, changedFrom);
  const given = name.trim();
  if (before && given === '' && hashJson(readSettings(before).selection) === hashJson(request)) {
    markUsed(store, before);
    return before;
  }
  const scores = await scoresOfRuns(request, tools, signal);
  const { kept, retained } = await choose(scores, request);
  const { modelId, ...origin } = await scores.origin();
  const settings = settingsOfChoice(origin, request, mean(retained));
  const added = addSelection(store, {
    modelId,
    name: given,
    kept,
    criterion: request.criterion,
    settings,
    ...(before?.modelId === modelId && { changedFrom: before }),
  });
  trimHistory(store, added.choiceId, HISTORY);
  return added;
}

/** Stores a choice by runs without a name, only once however often its file is written. @throws WinnowError as `saveSelection` */
export async function storedChoice(
  request: SelectionRequest,
  tools: ChooserTools,
  signal?: AbortSignal,
): Promise<StoredSelection> {
  const scores = await scoresOfRuns(request, tools, signal);
  const { kept } = await choose(scores, request);
  const { modelId } = await scores.origin();
  const wanted = hashJson([request, kept]);
  const stored = listSelections(tools.store, modelId).find(
    (selection) => hashJson([readSettings(selection).selection, selection.kept]) === wanted,
  );
  return stored ?? saveSelection(tools.store, request, { name: '', changedFrom: null }, tools, signal);
}

/** Stores a choice without a name, unless it is already stored, so that an export of it can state where its experts come from. */
export function rememberChoice(store: Store, choice: Omit<NewSelection, 'name'>): StoredSelection {
  const same = hashJson([choice.criterion, choice.kept, choice.settings]);
  const stored = listSelections(store, choice.modelId).find(
    ({ criterion, kept, settings }) => hashJson([criterion, kept, settings]) === same,
  );
  return stored ?? addSelection(store, { ...choice, name: '' });
}

/**
 * Stores the choice of a file, and returns it with warnings about what the file does not prove about the model.
 * @throws WinnowError as `readModelChoice`
 */
export async function importChoice(
  store: Store,
  info: ModelInfo,
  path: string,
): Promise<{ readonly selection: StoredSelection; readonly warnings: readonly Sentence[] }> {
  const { kept, document, warnings } = await readModelChoice(path, info);
  const selection = addSelection(store, {
    modelId: knownModel(store, info).id,
    name: printableName(basename(path, extname(path))),
    kept,
    criterion: document.criterion,
    // its runs are on the machine that it comes from
    settings: { ...document.settings, selection: null },
  });
  return { selection, warnings };
}
