// Finds the demos that experts were chosen by, from selections, their runs, pruned files and scores files.
import { basename } from 'node:path';
import type { GgufKeys } from '../../../contract/model-info.ts';
import { repairFactsSchema } from '../../../contract/repair.ts';
import type { ChoiceFile } from '../../../contract/choice-file.ts';
import type { ScoresFile } from '../../../contract/scores-file.ts';
import { WINNOW_KEYS } from '../../../contract/winnow-keys.ts';
import { keyString } from '../../models/gguf-keys.ts';
import { selectionSettingsSchema, type SelectionSettings } from '../../experts/selection/selection.ts';
import { readSettings } from '../../experts/selections/selection-view.ts';
import type { Store } from '../../store/database.ts';
import { listDemoSources } from '../../store/demos.ts';
import { findModel } from '../../store/models.ts';
import { type StoredSelection, getSelection, listSelections } from '../../store/selections.ts';
import { listRunDemos, listScoredDemos } from '../../store/score-runs.ts';
import { z } from 'zod';
import type { GgufEdit } from '../../../../native/index.ts';
import { parsedJson } from '../../base/files/json-guard.ts';

/** A demo that experts were chosen by. */
export type ChoosingDemo = {
  /** The demo's displayed name: "tickets.jsonl:3". */
  readonly id: string;
  /** Hash of its content, as `hashDemo` gives it; null: its content is no longer known. */
  readonly hash: string | null;
};

/**
 * The demos that a selection's experts were chosen by. A choice from elsewhere may not say; if another selection of the model keeps the same
 * experts, that selection's demos count.
 */
export function choosingDemosOfSelection(store: Store, selection: StoredSelection): ChoosingDemo[] {
  const own = namedDemos(store, selection);
  if (own.length > 0) return own;
  const kept = JSON.stringify(selection.kept);
  const same = listSelections(store, selection.modelId).filter((other) => JSON.stringify(other.kept) === kept);
  return same.map((other) => namedDemos(store, other)).find(({ length }) => length > 0) ?? [];
}

function namedDemos(store: Store, selection: StoredSelection): ChoosingDemo[] {
  return choosingDemosOfSettings(store, readSettings(selection), selection.modelId);
}

/**
 * The demos that a file's experts were chosen by, and its down matrices fitted to, according to its `winnow.*` keys. If it was
 * pruned more than once, the demos of every time.
 * @returns empty: Winnow did not write the file, or it does not say how its experts were chosen
 */
export function choosingDemosOfFile(store: Store, kv: GgufKeys): ChoosingDemo[] {
  return choicesBehind(kv).flatMap(({ source, selection, repair }) => {
    // another program may have changed the keys
    const settings = selectionSettingsSchema.safeParse(selection).data;
    const repaired = repairFactsSchema.safeParse(repair).data;
    const modelId = findModel(store, source.fingerprint)?.id;
    return [...(settings ? choosingDemosOfSettings(store, settings, modelId) : []), ...(repaired?.seen ?? [])];
  });
}

/** The demos that the experts of a choice were chosen by, as far as it says. */
export function choosingDemosOfChoice(store: Store, { model, settings }: ChoiceFile): ChoosingDemo[] {
  return choosingDemosOfSettings(store, { ...settings, selection: null }, findModel(store, model.fingerprint)?.id);
}

/**
 * The demos that the experts of a variant were chosen by, as far as its selection and its file tell.
 * @param kv keys of the measured file; for a preview, of the masked file, which may itself be pruned
 */
export function choosingDemosOfVariant(
  store: Store,
  selectionId: number | null,
  kv: GgufKeys,
): readonly ChoosingDemo[] {
  const selection = selectionId === null ? undefined : getSelection(store, selectionId);
  const own = selection ? choosingDemosOfSelection(store, selection) : [];
  const ids = new Set(own.map(({ id }) => id));
  return [...own, ...choosingDemosOfFile(store, kv).filter(({ id, hash }) => hash !== null || !ids.has(id))];
}

/** Whether Winnow chose the experts of a file. */
export function isChosen(kv: GgufKeys): boolean {
  return keyString(kv, WINNOW_KEYS.sourceName) !== null;
}

/** The demos that a scores file was made from. */
export function choosingDemosOfScores(store: Store, { model, domain = '', demos }: ScoresFile): ChoosingDemo[] {
  const pairs = demos.flatMap(({ id, hash }) => (hash === undefined ? [] : [{ id, hash }]));
  if (pairs.length === demos.length) return pairs;
  const modelId = findModel(store, model.fingerprint ?? '')?.id;
  return identified(store, { domain, ids: demos.map(({ id }) => id), modelId });
}

function choosingDemosOfSettings(
  store: Store,
  { demos: sources, selection }: SelectionSettings,
  modelId: number | undefined,
): ChoosingDemo[] {
  const ofRuns = new Map(
    (selection?.runIds ?? []).flatMap((id) => listRunDemos(store, id)).map(({ id, hash }) => [id, hash]),
  );
  return sources.flatMap(({ domain, demos: ids, hashes }): ChoosingDemo[] => {
    if (hashes?.length === ids.length) return ids.map((id, i) => ({ id, hash: hashes[i] ?? null }));
    const fromRuns = ids.map((id) => ({ id, hash: ofRuns.get(id) ?? null }));
    return fromRuns.every(({ hash }) => hash !== null) ? fromRuns : identified(store, { domain, ids, modelId });
  });
}

type Named = { readonly domain: string; readonly ids: readonly string[]; readonly modelId: number | undefined };

/**
 * Demos known only by name: looked up in the model's stored runs, otherwise in the domain. A name may have meant several
 * contents over time; all of them count.
 */
function identified(store: Store, { domain, ids, modelId }: Named): ChoosingDemo[] {
  const scored = Map.groupBy(modelId === undefined ? [] : listScoredDemos(store, modelId, domain), ({ id }) => id);
  const stored = Map.groupBy(listDemoSources(store, domain), ({ path, line }) => `${basename(path)}:${line}`);
  return ids.flatMap((id): ChoosingDemo[] => {
    const hashes = (scored.get(id) ?? stored.get(id) ?? []).map(({ hash }) => hash);
    return hashes.length === 0 ? [{ id, hash: null }] : [...new Set(hashes)].map((hash) => ({ id, hash }));
  });
}

const earlierSchema = z.array(
  z.object({
    source: z.object({ name: z.string(), fingerprint: z.string() }),
    /** From the file's own keys; null: they did not say. */
    selection: z.unknown(),
    repair: z.unknown(),
  }),
);

/** One of the choices behind a file. */
type MadeBy = z.infer<typeof earlierSchema>[number];

/** All choices that a file was made by, in order; empty: Winnow did not write it. */
function choicesBehind(kv: GgufKeys): readonly MadeBy[] {
  const [name, selection] = [keyString(kv, WINNOW_KEYS.sourceName), keyString(kv, WINNOW_KEYS.selection)];
  const repair = readJson(kv, WINNOW_KEYS.repair);
  if (name === null && selection === null && repair === null) return [];
  // another program may have changed the keys
  const earlier = earlierSchema.safeParse(readJson(kv, WINNOW_KEYS.earlier)).data ?? [];
  const last: MadeBy = {
    source: { name: name ?? '', fingerprint: keyString(kv, WINNOW_KEYS.sourceFingerprint) ?? '' },
    selection: readJson(kv, WINNOW_KEYS.selection),
    repair,
  };
  return [...earlier, last];
}

/** The key that records the source's choices in a file pruned from it. @param kv keys of the source file */
export function earlierKeys(kv: GgufKeys): readonly GgufEdit[] {
  const choices = choicesBehind(kv);
  return choices.length === 0 ? [] : [{ key: WINNOW_KEYS.earlier, type: 'string', value: JSON.stringify(choices) }];
}

function readJson(kv: GgufKeys, key: string): unknown {
  return parsedJson(keyString(kv, key) ?? '') ?? null;
}
