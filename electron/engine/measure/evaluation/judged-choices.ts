// Lists the choices of experts in stored selections and written files, each once, with its verdict.
import type { Verdict, VerdictAnswers } from '../../../contract/verdict.ts';
import { prunedBytes } from '../../experts/selection/choose-experts.ts';
import {
  domainsOf,
  hashOfId,
  hashOf,
  requireSelection,
  selectionState,
} from '../../experts/selections/selection-view.ts';
import type { Store } from '../../store/database.ts';
import { listExports, type StoredExport } from '../../store/exports.ts';
import { listModels, type StoredModel } from '../../store/models.ts';
import { listSelections, type StoredSelection } from '../../store/selections.ts';
import { displayPathOf } from '../../base/files/display-path.ts';
import { fittedIn, isInDomain, pairedRows, verdictOn, type Paired } from './choice-figures.ts';
import { comparisonLedger } from './figure-ledger.ts';

type JudgedChoice = {
  /** The hash under which figures and files of the choice are stored. */
  readonly hash: string;
  readonly model: StoredModel;
  /** The newest selection that keeps these experts; null: there is none any more. */
  readonly selection: StoredSelection | null;
  /** The newest file that was written with them; null: there is none. */
  readonly file: StoredExport | null;
  /** The selection's name or, without a selection, the file's. */
  readonly name: string;
  readonly keep: number;
  readonly verdict: Verdict;
};

/** Looks up the checked answers of a choice that was made for some domains. */
export type AnswersOf = (hash: string, domains: readonly string[]) => VerdictAnswers | null;

type Held = Pick<JudgedChoice, 'model' | 'selection' | 'file'>;

/** The choices that were measured: newest selections first, then files whose selection is gone. */
export function judgedChoices(store: Store, answersOf: AnswersOf): JudgedChoice[] {
  const measured = measuredRows(store);
  return [...heldChoices(store)].flatMap(([hash, held]) => {
    const rows = measured(hash, held.model);
    return rows.length > 0 ? [judgedChoice(hash, held, rows, answersOf)] : [];
  });
}

/**
 * The choice of a selection.
 * @param exportId a file that was written from the selection; if it computes something else, it is the choice. null: the choice itself
 * @throws WinnowError USAGE: there is no such selection
 */
export function askedChoice(
  store: Store,
  selectionId: number,
  exportId: number | null = null,
): Held & { readonly hash: string; readonly selection: StoredSelection } {
  const { selection, model } = requireSelection(store, selectionId);
  const hash = hashOf({ selection, model });
  const files = listExports(store).filter(({ state }) => state === 'done');
  const named = files.find(({ id, plan }) => id === exportId && hashOfId(store, plan.selectionId) === hash);
  const own = named?.plan.selectionHash;
  if (named && own && own !== hash) return { hash: own, model, selection, file: named };
  return { hash, model, selection, file: files.find(({ plan }) => plan.selectionHash === hash) ?? null };
}

/** The verdict on a selection or a file of it, measured or not. @throws WinnowError as `askedChoice` */
export function verdictOnSelection(
  store: Store,
  selectionId: number,
  answersOf: AnswersOf,
  exportId: number | null = null,
): Verdict {
  const { hash, ...held } = askedChoice(store, selectionId, exportId);
  return judgedChoice(hash, held, measuredRows(store)(hash, held.model), answersOf).verdict;
}

/** Finds the rows of a choice by its hash, only those against the model that it was made from. */
function measuredRows(store: Store): (hash: string | null, full: StoredModel) => readonly Paired[] {
  const rows = Map.groupBy(pairedRows(comparisonLedger(store).list()), ({ settings }) => settings.selectionHash);
  return (hash, { fingerprint }) =>
    (rows.get(hash) ?? []).filter(({ settings: { full } }) => full.fingerprint === fingerprint);
}

function judgedChoice(
  hash: string,
  { model, selection, file }: Held,
  rows: readonly Paired[],
  answersOf: AnswersOf,
): JudgedChoice {
  const view = selection && selectionState({ selection, model });
  const keep = view?.keep ?? file?.plan.keep ?? model.info.nExpert;
  const domains = selection ? domainsOf(selection) : (file?.plan.domains ?? []);
  const own = rows.map((row) => ({ ...row, inDomain: isInDomain(row.settings.text.domain, domains) }));
  const bytes = {
    full: model.info.bytes,
    pruned: file?.bytes ?? prunedBytes(model.info, keep),
    predicted: file === null,
  };
  const name = view?.name ?? (file ? displayPathOf(file.outputPath) : '');
  return {
    hash,
    model,
    selection,
    file,
    name,
    keep,
    verdict: verdictOn(own, {
      bytes,
      domains: [...domains],
      answers: answersOf(hash, domains),
      ...(file?.plan.quantised && { type: file.plan.quantised.type }),
      ...fittedIn(file?.plan),
    }),
  };
}

/** The stored choices, indexed by hash. */
function heldChoices(store: Store): ReadonlyMap<string, Held> {
  const models = new Map(listModels(store).map((model) => [model.id, model]));
  const held = new Map<string, Held>();
  for (const selection of listSelections(store)) {
    const model = models.get(selection.modelId);
    if (!model) continue;
    const hash = hashOf({ selection, model });
    if (!held.has(hash)) held.set(hash, { model, selection, file: null });
  }
  for (const file of listExports(store)) {
    const model = models.get(file.modelId);
    const hash = file.plan.selectionHash;
    if (file.state !== 'done' || !model || hash === null) continue;
    const known = held.get(hash);
    if (!known?.file) held.set(hash, { model, selection: known?.selection ?? null, file });
  }
  return held;
}
