// Keys `winnow.*` that let a pruned file explain itself, and the stored selection that they tell of.
import { basename } from 'node:path';
import { WinnowError } from '../../../contract/errors.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import type { QuantRules } from '../../../contract/quantise.ts';
import type { PruneRequest } from '../../../contract/requests.ts';
import { say } from '../../../contract/sentences.ts';
import type { GgufEdit } from '../../../../native/index.ts';
import { canonicalJson } from '../../base/files/canonical-json.ts';
import { selectionSettingsSchema } from '../../experts/selection/selection-settings.ts';
import { QUANTISED_KEY } from '../../models/gguf-keys.ts';
import type { Store } from '../../store/database.ts';
import type { StoredModel } from '../../store/models.ts';
import { getSelection, listSelections, type StoredSelection } from '../../store/selections.ts';

/** How many experts a token passes by a stored selection; null: as many as the model says. */
export function activeExpertsOf({ settings }: Pick<StoredSelection, 'settings'>): number | null {
  return selectionSettingsSchema.safeParse(settings).data?.activeExperts ?? null;
}

/**
 * The stored selection that keeps these experts: the one that is named, else the newest, before others one with as many active
 * experts; null: they come from elsewhere.
 * @throws WinnowError MODEL_CHANGED: the named selection is for another model
 */
export function findSelection(
  { selectionId }: Pick<PruneRequest, 'selectionId'>,
  kept: KeptExperts,
  model: StoredModel,
  store: Store,
  activeExperts: number | null = null,
): StoredSelection | null {
  const named = selectionId === undefined ? undefined : getSelection(store, selectionId);
  if (named && named.modelId !== model.id) {
    throw new WinnowError('MODEL_CHANGED', say('modelChanged', { path: model.path }), {
      path: model.path,
      selectionId,
    });
  }
  const text = JSON.stringify(kept);
  const selections = [...(named ? [named] : []), ...listSelections(store, model.id)];
  const same = selections.filter((selection) => JSON.stringify(selection.kept) === text);
  return same.find((selection) => activeExpertsOf(selection) === activeExperts) ?? same[0] ?? null;
}

/**
 * `winnow.*` keys: source, kept experts, by what they were chosen where that is known, and which parts were quantised to types of
 * their own.
 */
export function provenanceKeys(
  info: ModelInfo,
  kept: KeptExperts,
  selection: Pick<StoredSelection, 'criterion' | 'settings'> | null,
  rules: QuantRules = {},
): GgufEdit[] {
  return [
    { key: 'winnow.source.name', type: 'string', value: basename(info.path) },
    { key: 'winnow.source.fingerprint', type: 'string', value: info.fingerprint },
    ...(info.kindred === undefined
      ? []
      : [{ key: 'winnow.source.kindred', type: 'string' as const, value: info.kindred }]),
    { key: 'winnow.source.expert_count', type: 'uint32', value: info.nExpert },
    { key: 'winnow.kept_experts', type: 'int32', value: kept.flat() },
    ...(selection?.criterion
      ? [
          { key: 'winnow.criterion', type: 'string' as const, value: selection.criterion },
          { key: 'winnow.selection', type: 'string' as const, value: settingsText(selection.settings) },
        ]
      : []),
    ...(Object.keys(rules).length === 0
      ? []
      : [{ key: QUANTISED_KEY, type: 'string' as const, value: canonicalJson(rules) }]),
  ];
}

/** Characters of the longest number that JSON writes, such as -2.2250738585072014e-308, and of the longest integer. */
const LONGEST = { number: 24, integer: 16 };

/** Digits of the retained score in a file: with more, the same choice would give other bytes on another processor. */
const RETAINED_DIGITS = 4;

/**
 * As JSON. Spaces at its end make up for numbers that are known only when the experts are chosen and have more or fewer digits, so
 * that a file's size can be told before.
 */
function settingsText(settings: unknown): string {
  const { retained: exact = null, selection = null } = selectionSettingsSchema.safeParse(settings).data ?? {};
  if (exact === null) return JSON.stringify(settings);
  const retained = Number(exact.toFixed(RETAINED_DIGITS));
  const text = JSON.stringify({ ...(settings as object), retained });
  if (selection === null) return text;
  const spare = (value: number, longest: number): number => longest - JSON.stringify(value).length;
  const spaces = selection.runIds.reduce(
    (sum, id) => sum + spare(id, LONGEST.integer),
    spare(retained, LONGEST.number),
  );
  return text + ' '.repeat(spaces);
}
