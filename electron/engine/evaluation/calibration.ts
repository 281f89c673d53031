// Keeps the texts that models are measured on apart from the demos that their experts were chosen by: figures on what
// was calibrated with would flatter the pruned model.
import { basename } from 'node:path';
import type { DemoContent } from '../../contract/demo.ts';
import { WinnowError } from '../../contract/errors.ts';
import type { ScoresFile } from '../../contract/scores-file.ts';
import { hashDemo } from '../demos/hash.ts';
import { keyString, type GgufKeys } from '../models/gguf-keys.ts';
import { planSettingsSchema, type PlanSettings } from '../selection/plan-settings.ts';
import type { Store } from '../store/database.ts';
import { findDemoContent, listDemoSources } from '../store/demos.ts';
import { findModel } from '../store/models.ts';
import { getPlan, listPlans, type StoredPlan } from '../store/plans.ts';
import { listRunDemos, listScoredDemos } from '../store/score-runs.ts';
import { inSlices } from '../store/slices.ts';
import { documentsOf, spokenText, type EvaluationDocument, type NamedText } from './documents.ts';
import { findPassages, PASSAGE_CHARS, type Passage } from './passages.ts';

/** A demo that experts were chosen by. */
export type CalibrationDemo = {
  /** What people call it: "tickets.jsonl:3". */
  readonly id: string;
  /** Of its content, as `hashDemo` gives it; null: nobody knows any more what it said. */
  readonly hash: string | null;
};

/** Overlaps that an error names one by one; the rest is counted. */
const NAMED_OVERLAPS = 20;

/**
 * The demos that a plan's experts were chosen by. An imported mask does not say; where another plan of the model keeps the
 * same experts, it is taken to come from there.
 */
export function calibrationOfPlan(
  store: Store,
  plan: Pick<StoredPlan, 'settings' | 'modelId' | 'kept'>,
): CalibrationDemo[] {
  const own = namedDemos(store, plan);
  if (own.length > 0) return own;
  const kept = JSON.stringify(plan.kept);
  const same = listPlans(store, plan.modelId).filter((other) => JSON.stringify(other.kept) === kept);
  return same.map((other) => namedDemos(store, other)).find(({ length }) => length > 0) ?? [];
}

function namedDemos(store: Store, { settings, modelId }: Pick<StoredPlan, 'settings' | 'modelId'>): CalibrationDemo[] {
  const known = planSettingsSchema.safeParse(settings).data;
  return known ? calibrationOfSettings(store, known, modelId) : [];
}

/**
 * The demos that a file's experts were chosen by, as its keys `winnow.*` say.
 * @returns null: Winnow did not write the file, or it does not say how its experts were chosen
 */
export function calibrationOfFile(store: Store, kv: GgufKeys): CalibrationDemo[] | null {
  const json = keyString(kv, 'winnow.selection');
  const settings = json === null ? null : parsedSettings(json);
  if (settings === null) return null;
  const source = findModel(store, keyString(kv, 'winnow.source.fingerprint') ?? '');
  return calibrationOfSettings(store, settings, source?.id);
}

/** The demos that the experts of a variant were chosen by, as far as its plan or else its file tells. */
export function calibrationOfVariant(store: Store, planId: number | null, kv: GgufKeys): readonly CalibrationDemo[] {
  const plan = planId === null ? undefined : getPlan(store, planId);
  return plan ? calibrationOfPlan(store, plan) : (calibrationOfFile(store, kv) ?? []);
}

/** Whether Winnow chose the experts of a file. */
export function isChosen(kv: GgufKeys): boolean {
  return keyString(kv, 'winnow.source.name') !== null;
}

/** The demos that a scores file was made from. */
export function calibrationOfScores(store: Store, { model, domain = '', demos }: ScoresFile): CalibrationDemo[] {
  const known = demos.flatMap(({ id, hash }) => (hash === undefined ? [] : [{ id, hash }]));
  if (known.length === demos.length) return known;
  const modelId = findModel(store, model.fingerprint ?? '')?.id;
  return identified(store, { domain, ids: demos.map(({ id }) => id), modelId });
}

/**
 * Hashes of everything that is no fair test of what was chosen by these demos: the demos themselves, and, where their
 * contents are still stored, their prompts alone. Test a content by `identitiesOf`.
 * @throws the signal's reason
 */
export async function calibrationHashes(
  store: Store,
  demos: readonly CalibrationDemo[],
  signal?: AbortSignal,
): Promise<ReadonlySet<string>> {
  const hashes = new Set<string>();
  const add = ({ hash }: CalibrationDemo): void => {
    if (hash === null) return;
    hashes.add(hash);
    const content = findDemoContent(store, hash);
    if (content) for (const identity of identitiesOf(content)) hashes.add(identity);
  };
  await inSlices(demos, add, signal);
  return hashes;
}

/**
 * The hashes under which a content counts as the same: as it is, a text without the white space around it or with one
 * line break after it, a chat without its last answer.
 */
export function identitiesOf(content: DemoContent): string[] {
  if (content.kind === 'text') {
    const text = content.text.trim();
    return [...new Set([content.text, text, `${text}\n`])].map((same) => hashDemo({ kind: 'text', text: same }));
  }
  const { messages } = content;
  const isAnswered = messages.length > 1 && messages.at(-1)?.role === 'assistant';
  return [content, ...(isAnswered ? [{ ...content, messages: messages.slice(0, -1) }] : [])].map(hashDemo);
}

/** A document that is a demo, or that a demo stands in. */
type Overlap = { readonly text: string; readonly document: string; readonly demo: string; readonly isWhole: boolean };

/**
 * Refuses to measure on what was calibrated with: a document with a demo's content or prompt, and one in which a stored
 * demo of at least PASSAGE_CHARS characters stands word for word.
 * @param demos that the experts of what is measured were chosen by
 * @throws WinnowError CALIBRATION_OVERLAP; the signal's reason
 */
export async function requireApart(
  store: Store,
  demos: readonly CalibrationDemo[],
  texts: readonly NamedText[],
  signal?: AbortSignal,
): Promise<void> {
  const byHash = new Map<string, string>();
  const passages: Passage[] = [];
  const add = ({ id, hash }: CalibrationDemo): void => {
    if (hash === null || byHash.has(hash)) return;
    byHash.set(hash, id);
    const content = findDemoContent(store, hash);
    if (!content) return;
    for (const identity of identitiesOf(content)) byHash.set(identity, id);
    const passage = passageOf(content);
    if (passage) passages.push({ ...passage, id });
  };
  await inSlices(demos, add, signal);
  if (byHash.size === 0) return;

  const overlaps: Overlap[] = [];
  const find = findPassages(passages);
  const check = ({ text, document }: { text: string; document: EvaluationDocument }): void => {
    const same = identitiesOf(document.content).flatMap((hash) => byHash.get(hash) ?? [])[0];
    const demo = same ?? find(spokenText(document.content));
    if (demo !== undefined) overlaps.push({ text, document: document.id, demo, isWhole: same !== undefined });
  };
  const documents = texts.flatMap((text) => documentsOf(text).map((document) => ({ text: text.name, document })));
  await inSlices(documents, check, signal);
  const [first] = overlaps;
  if (first) throw overlapError(first, overlaps);
}

function overlapError(first: Overlap, overlaps: readonly Overlap[]): WinnowError {
  const { text, document, demo, isWhole } = first;
  const where = document === text ? text : `${text}, document ${document}`;
  const what = isWhole
    ? `is the demo ${demo}, by which the experts were chosen`
    : `holds the demo ${demo}, by which the experts were chosen, word for word`;
  const more = overlaps.length === 1 ? '' : ` ${overlaps.length - 1} more documents overlap with demos.`;
  return new WinnowError(
    'CALIBRATION_OVERLAP',
    `${where} ${what}: figures on it would flatter the model.${more} Measure on texts that were not scored, or score without these demos and choose again.`,
    { text, document, demo, count: overlaps.length, overlaps: overlaps.slice(0, NAMED_OVERLAPS) },
  );
}

/** What a demo is found by in a longer text; null: too short to mean anything there. A system message is no demo. */
function passageOf(content: DemoContent): Omit<Passage, 'id'> | null {
  const said = content.kind === 'text' ? [content.text] : content.messages.filter(({ role }) => role !== 'system').map((message) => message.content); // prettier-ignore
  const parts = said.map((part) => part.trim()).filter((part) => part !== '');
  const longest = parts.reduce((a, b) => (b.length > a.length ? b : a), '');
  return longest.length < PASSAGE_CHARS ? null : { longest, parts };
}

function parsedSettings(json: string): PlanSettings | null {
  try {
    return planSettingsSchema.safeParse(JSON.parse(json)).data ?? null;
  } catch {
    return null; // another program changed the key
  }
}

function calibrationOfSettings(
  store: Store,
  { demos: sources, selection }: PlanSettings,
  modelId: number | undefined,
): CalibrationDemo[] {
  const ofRuns = new Map((selection?.runIds ?? []).flatMap((id) => listRunDemos(store, id)).map(({ id, hash }) => [id, hash])); // prettier-ignore
  return sources.flatMap(({ domain, demos: ids, hashes }): CalibrationDemo[] => {
    if (hashes?.length === ids.length) return ids.map((id, i) => ({ id, hash: hashes[i] ?? null }));
    const fromRuns = ids.map((id) => ({ id, hash: ofRuns.get(id) ?? null }));
    return fromRuns.every(({ hash }) => hash !== null) ? fromRuns : identified(store, { domain, ids, modelId });
  });
}

type Named = { readonly domain: string; readonly ids: readonly string[]; readonly modelId: number | undefined };

/**
 * Demos of which only the names are known: as stored runs of the model know them, else as the domain holds them. One name
 * may have meant several contents in time; all of them count.
 */
function identified(store: Store, { domain, ids, modelId }: Named): CalibrationDemo[] {
  const scored = Map.groupBy(modelId === undefined ? [] : listScoredDemos(store, modelId, domain), ({ id }) => id);
  const stored = Map.groupBy(listDemoSources(store, domain), ({ path, line }) => `${basename(path)}:${line}`);
  return ids.flatMap((id): CalibrationDemo[] => {
    const hashes = (scored.get(id) ?? stored.get(id) ?? []).map(({ hash }) => hash);
    return hashes.length === 0 ? [{ id, hash: null }] : [...new Set(hashes)].map((hash) => ({ id, hash }));
  });
}
