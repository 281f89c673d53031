// The `winnow.*` keys that let a pruned file explain itself, and the stored selection that they describe.
import { basename } from 'node:path';
import { WinnowError } from '../../../contract/errors.ts';
import { chosenBySchema } from '../../../contract/choice-file.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import type { QuantRules } from '../../../contract/quantise.ts';
import { msg } from '../../../contract/sentences.ts';
import { WINNOW_KEYS } from '../../../contract/winnow-keys.ts';
import type { GgufEdit } from '../../../../native/index.ts';
import { canonicalJson } from '../../base/files/canonical-json.ts';
import { readSettings } from '../../experts/selections/selection-view.ts';
import type { Store } from '../../store/database.ts';
import type { StoredModel } from '../../store/models.ts';
import { type StoredSelection, getSelection, listSelections } from '../../store/selections.ts';
import { getScoreRun } from '../../store/score-runs.ts';

/**
 * The stored selection that keeps these experts: the named one, otherwise the newest; selections with the same number of active
 * experts come first. null: there is none.
 * @throws WinnowError MODEL_CHANGED: the named selection is for another model
 */
export function findSelection(
  selectionId: number | undefined,
  kept: KeptExperts,
  model: StoredModel,
  store: Store,
  activeExperts: number | null = null,
): StoredSelection | null {
  const named = selectionId === undefined ? undefined : getSelection(store, selectionId);
  if (named && named.modelId !== model.id) {
    throw new WinnowError('MODEL_CHANGED', msg('modelChanged', { path: model.path }), {
      path: model.path,
      selectionId,
    });
  }
  const text = JSON.stringify(kept);
  const selections = [...(named ? [named] : []), ...listSelections(store, model.id)];
  const same = selections.filter((selection) => JSON.stringify(selection.kept) === text);
  return same.find((selection) => readSettings(selection).activeExperts === activeExperts) ?? same[0] ?? null;
}

/**
 * The `winnow.*` keys: source, kept experts, how they were chosen if that is known, and which parts were quantised to types of
 * their own.
 */
export function provenanceKeys(
  info: ModelInfo,
  kept: KeptExperts,
  selection: { readonly criterion: string | null; readonly settings: unknown } | null,
  rules: QuantRules = {},
): GgufEdit[] {
  return [
    { key: WINNOW_KEYS.sourceName, type: 'string', value: basename(info.path) },
    { key: WINNOW_KEYS.sourceFingerprint, type: 'string', value: info.fingerprint },
    ...(info.kindred === undefined
      ? []
      : [{ key: WINNOW_KEYS.sourceKindred, type: 'string' as const, value: info.kindred }]),
    { key: WINNOW_KEYS.sourceExpertCount, type: 'uint32', value: info.nExpert },
    { key: WINNOW_KEYS.keptExperts, type: 'int32', value: kept.flat() },
    ...(selection?.criterion
      ? [
          { key: WINNOW_KEYS.criterion, type: 'string' as const, value: selection.criterion },
          { key: WINNOW_KEYS.selection, type: 'string' as const, value: settingsText(selection.settings) },
        ]
      : []),
    ...(Object.keys(rules).length === 0
      ? []
      : [{ key: WINNOW_KEYS.quantised, type: 'string' as const, value: canonicalJson(rules) }]),
  ];
}

/** Characters of the longest number in JSON, such as -2.2250738585072014e-308. */
const LONGEST_NUMBER = 24;

/** Decimals of the retained score in a file: with more, the same choice would give different bytes on another processor. */
const RETAINED_DIGITS = 4;

/**
 * The settings as JSON. Trailing spaces make up for a number whose digits are known only when the experts are chosen, so that the
 * file's size can be stated before.
 */
function settingsText(settings: unknown): string {
  const chosenBy = chosenBySchema.parse(settings);
  if (chosenBy.retained === null) return JSON.stringify(chosenBy);
  const retained = Number(chosenBy.retained.toFixed(RETAINED_DIGITS));
  return JSON.stringify({ ...chosenBy, retained }) + ' '.repeat(LONGEST_NUMBER - JSON.stringify(retained).length);
}

/**
 * Finds the run behind a choice that collected a matrix.
 * @param choice null: the choice is not stored
 * @throws WinnowError USAGE: there is none, or there are several
 */
export function matrixRunBehind(store: Store, choice: StoredSelection | null): number {
  const runIds = (choice && readSettings(choice).selection?.runIds) ?? [];
  const [run, ...others] = runIds.filter((id) => {
    const one = getScoreRun(store, id);
    return one?.importance === true && one.state === 'done';
  });
  if (run === undefined) throw new WinnowError('USAGE', msg('matrixOfNoRun'));
  if (others.length === 0) return run;
  const runs = [run, ...others];
  throw new WinnowError('USAGE', msg('matrixOfRuns', { runs: runs.join(', '), run }), { runs });
}
