// Finds what a report is about: a selection, the file that was written from it, and what was measured of both.
import { WinnowError } from '../../contract/errors.ts';
import { say } from '../../contract/sentences.ts';
import { measuredOn } from '../measure/evaluation/choice-figures.ts';
import { comparisonLedger, isOfFullModel, type StoredComparison } from '../measure/evaluation/figure-ledger.ts';
import { listGenerations, type StoredGeneration } from '../measure/generation/stored-generation.ts';
import { canonicalJson } from '../base/files/canonical-json.ts';
import { modelIdOfSync } from '../models/library/model-on-disk.ts';
import { domainsOf, hashOfId, requireSelection, settingsOf } from '../experts/selections/selection-view.ts';
import { requireRun } from '../experts/runs/stored-run.ts';
import type { Store } from '../store/database.ts';
import { listExports, type StoredExport } from '../store/exports.ts';
import { getModel, type StoredModel } from '../store/models.ts';
import { getSelection, listSelections, type StoredSelection } from '../store/selections.ts';

export type ReportSubject = {
  /** The full model. */
  readonly model: StoredModel;
  /** null: the file's experts come from a mask that no selection holds. */
  readonly selection: StoredSelection | null;
  /** The selection, otherwise one that keeps the same experts with another number of active ones. */
  readonly chosenBy: StoredSelection | null;
  /** Selections that differ only in criterion and count, with which the selection is compared. */
  readonly alternatives: readonly StoredSelection[];
  /** The written file; null: there is none. */
  readonly file: StoredExport | null;
  /** All files written from the model, indexed by fingerprint; of equal files the newest. */
  readonly written: ReadonlyMap<string, StoredExport>;
  /** Measurements, newest first. */
  readonly evaluations: readonly StoredComparison[];
  /** Ids of the measurements of exactly these experts, as a preview or a file, whichever selection they were requested with. */
  readonly own: ReadonlySet<number>;
  readonly generations: readonly StoredGeneration[];
  /** The hash under which figures and files of the choice are stored; null: the choice is not known. */
  readonly hash: string | null;
};

/** How a report's subject is named. `newest`: whatever was chosen or written last. */
export type ReportChoice =
  | { readonly kind: 'newest' }
  | { readonly kind: 'run'; readonly runId: number }
  /** `exportId`: one of the files that were written from the selection; null: the newest. */
  | { readonly kind: 'selection'; readonly selectionId: number; readonly exportId: number | null }
  /** `path`: path of a pruned file, or of any part of it. */
  | { readonly kind: 'file'; readonly path: string };

/**
 * Finds the subject, with everything that was measured of it.
 * @throws WinnowError USAGE: there is no such selection, run or file, or nothing was chosen yet
 */
export function findSubject(store: Store, choice: ReportChoice): ReportSubject {
  switch (choice.kind) {
    case 'newest':
      return newestSubject(store);
    case 'run':
      return subjectOfSelection(store, selectionOfRun(store, choice.runId), null);
    case 'selection':
      return subjectOfSelection(store, requireSelection(store, choice.selectionId).selection, choice.exportId);
    case 'file':
      return subjectOfFile(store, exportAt(store, choice.path));
  }
}

/** The written file of a subject. @throws WinnowError USAGE: none was written */
export function writtenOf({ file }: ReportSubject): StoredExport {
  if (file) return file;
  throw new WinnowError('USAGE', say('cardNeedsFile'));
}

function newestSubject(store: Store): ReportSubject {
  const [selection] = listSelections(store);
  const file = listExports(store).find(({ state }) => state === 'done');
  if (file && (file.finishedMs ?? file.startedMs) >= (selection?.createdMs ?? 0)) return subjectOfFile(store, file);
  if (selection) return subjectOfSelection(store, selection, null);
  throw new WinnowError('USAGE', say('nothingToReport'));
}

/** The newest selection that was chosen by the run's scores. */
function selectionOfRun(store: Store, runId: number): StoredSelection {
  const { model } = requireRun(store, runId);
  const selection = listSelections(store, model.id).find((one) => settingsOf(one).selection?.runIds.includes(runId));
  if (selection) return selection;
  throw new WinnowError('USAGE', say('runNotChosenFrom', { run: runId }), { runId });
}

/** The export that wrote a file. @throws WinnowError USAGE: no export wrote it */
function exportAt(store: Store, path: string): StoredExport {
  const id = modelIdOfSync(path);
  const file = listExports(store).find(({ state, outputPath }) => state === 'done' && modelIdOfSync(outputPath) === id);
  if (file) return file;
  throw new WinnowError('USAGE', say('notWrittenHere', { path }), { path });
}

function subjectOfSelection(store: Store, selection: StoredSelection, exportId: number | null): ReportSubject {
  const hash = hashOfId(store, selection.id);
  const done = listExports(store).filter(({ state }) => state === 'done');
  // a file in another type, or with other routers, is still a file of the choice
  const named = done.find(({ id, plan }) => id === exportId && hashOfId(store, plan.selectionId) === hash);
  const same = done.filter(({ plan }) => plan.selectionHash === hash);
  return subjectOf(
    store,
    selection.modelId,
    selection,
    named ?? same.find(({ id }) => id === exportId) ?? same[0] ?? null,
  );
}

function subjectOfFile(store: Store, file: StoredExport): ReportSubject {
  return subjectOf(store, file.modelId, selectionOf(store, file.plan.selectionId), file);
}

function selectionOf(store: Store, selectionId: number | null): StoredSelection | null {
  return (selectionId !== null && getSelection(store, selectionId)) || null;
}

function subjectOf(
  store: Store,
  modelId: number,
  selection: StoredSelection | null,
  file: StoredExport | null,
): ReportSubject {
  const model = getModel(store, modelId)!; // selections and exports are deleted with their model
  const alternatives = selection ? alternativesOf(selection, store) : [];
  const selectionIds = new Set([...(selection ? [selection] : []), ...alternatives].map(({ id }) => id));
  const hash = hashOfId(store, selection?.id ?? null);
  /** Assigns a row to this selection. Another selection may have chosen, and measured, the same experts. */
  const ofSelection = <Row extends StoredComparison | StoredGeneration>(row: Row): Row => {
    const { settings } = row;
    if (!selection || settings.selectionHash !== hash) return row;
    const { variant } = settings;
    const own = variant?.kind === 'preview' ? { ...ITSELF, selectionId: selection.id } : variant;
    return { ...row, settings: { ...settings, selectionId: selection.id, variant: own } };
  };
  const isOwn = (row: MeasuredRow): boolean => {
    const { full, selectionId } = row.settings;
    if (full.fingerprint !== model.fingerprint) return false;
    return selection ? selectionId !== null && selectionIds.has(selectionId) : isOfFile(row, file);
  };
  const evaluations = comparisonLedger(store)
    .list()
    .filter(({ settings: { full } }) => full.fingerprint === model.fingerprint)
    .map(ofSelection);
  // figures of the choice itself do not apply to its file in another type, or with other routers or matrices
  const isOther = Boolean(file?.plan.quantised ?? file?.plan.repaired);
  const ownHash = (isOther ? null : hash) ?? file?.plan.selectionHash ?? null;
  const own = new Set(
    evaluations
      .filter((row) => (ownHash !== null && row.settings.selectionHash === ownHash) || isOfFile(row, file))
      .map(({ id }) => id),
  );
  const measured = new Set(evaluations.filter((row) => own.has(row.id) || isOwn(row)).map(measuredOn));
  const generations = listGenerations(store).map(ofSelection);
  const continued = new Set<string | null>(generations.filter(isOwn).map(({ settings }) => settings.full.measured));
  return {
    model,
    selection,
    chosenBy: selection ?? selectionOf(store, file?.plan.how?.chosenBy ?? null),
    alternatives,
    file,
    written: new Map(
      listExports(store)
        .filter((row) => row.state === 'done' && row.modelId === model.id)
        .toReversed()
        .flatMap((row) => (row.fingerprint === null ? [] : [[row.fingerprint, row] as const])),
    ),
    hash: ownHash,
    evaluations: evaluations.filter(
      (row) => own.has(row.id) || isOwn(row) || (isOfFullModel(row) && measured.has(measuredOn(row))),
    ),
    own,
    generations: generations.filter((row) => isOwn(row) || continued.has(row.measured)),
  };
}

/** Selections to compare with; empty: the selection was not chosen by the scores of stored runs. */
function alternativesOf(selection: StoredSelection, store: Store): StoredSelection[] {
  const basis = (one: StoredSelection): string | null => {
    const { selection: request } = settingsOf(one);
    if (!request) return null;
    const { criterion: _criterion, keep: _keep, seed: _seed, ...rest } = request;
    return canonicalJson(rest);
  };
  const own = basis(selection);
  return own === null
    ? []
    : listSelections(store, selection.modelId).filter((one) => one.id !== selection.id && basis(one) === own);
}

/** A preview of exactly the selection. */
const ITSELF = { kind: 'preview', criterion: null, keep: null, mix: null } as const;

type MeasuredRow = Pick<StoredComparison | StoredGeneration, 'settings'>;

/** Whether a row without a selection measured this very file, identified by all its bytes, not by its path. */
function isOfFile(
  { settings: { selectionId, variant, fingerprint } }: MeasuredRow,
  file: StoredExport | null,
): boolean {
  if (!file || selectionId !== null || variant?.kind === 'preview') return false;
  return fingerprint === file.fingerprint;
}

/** The domains that the experts were chosen for; empty: not known. */
export function domainsOfSubject({ selection, file }: Pick<ReportSubject, 'selection' | 'file'>): readonly string[] {
  return selection ? domainsOf(selection) : (file?.plan.domains ?? []);
}

/** Sort order: in-domain first, then out of domain, then unknown. */
export function sideRank(inDomain: boolean | null): number {
  return inDomain === null ? 2 : inDomain ? 0 : 1;
}
