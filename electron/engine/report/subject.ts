// Finds what a card is about: a selection, and the file that was written from it. What was recorded of that file is true of no other.
import { WinnowError } from '../../contract/errors.ts';
import { say } from '../../contract/sentences.ts';
import { modelIdOfSync } from '../models/library/model-on-disk.ts';
import { hashOfId, requireSelection, settingsOf } from '../experts/selections/selection-view.ts';
import { requireRun } from '../experts/runs/stored-run.ts';
import type { Store } from '../store/database.ts';
import { type StoredExport, listExports } from '../store/exports.ts';
import { type StoredModel, getModel } from '../store/models.ts';
import { type StoredSelection, getSelection, listSelections } from '../store/selections.ts';
import { type InspectedModel, type Inspecting, inspectFile } from '../models/inspect.ts';

export type ReportSubject = {
  /** The full model. */
  readonly model: StoredModel;
  /** null: the file's experts come from a mask that no selection holds. */
  readonly selection: StoredSelection | null;
  /** The selection, otherwise one that keeps the same experts with another number of active ones. */
  readonly chosenBy: StoredSelection | null;
  /** The written file; null: there is none. */
  readonly file: StoredExport | null;
  /** The hash under which figures and files of the choice are stored; null: the choice is not known. */
  readonly hash: string | null;
};

/** How a subject is named. `newest`: whatever was chosen or written last. */
export type ReportChoice =
  | { readonly kind: 'newest' }
  | { readonly kind: 'run'; readonly runId: number }
  /** `exportId`: one of the files that were written from the selection; null: the newest. */
  | { readonly kind: 'selection'; readonly selectionId: number; readonly exportId: number | null }
  /** `path`: path of a pruned file, or of any part of it. */
  | { readonly kind: 'file'; readonly path: string };

/** @throws WinnowError USAGE: there is no such selection, run or file, or nothing was chosen yet */
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
  // figures of the choice itself do not apply to its file in another type, or with other routers or matrices
  const isOther = Boolean(file?.plan.quantised ?? file?.plan.repaired);
  return {
    model: getModel(store, modelId)!, // selections and exports are deleted with their model
    selection,
    chosenBy: selection ?? selectionOf(store, file?.plan.how?.chosenBy ?? null),
    file,
    hash: (isOther ? null : hashOfId(store, selection?.id ?? null)) ?? file?.plan.selectionHash ?? null,
  };
}

/** Inspects the file. @throws WinnowError MODEL_CHANGED: it is another file; from inspecting it */
export async function requireRecorded(file: StoredExport, inspecting: Inspecting): Promise<InspectedModel> {
  const { outputPath: path, sha256 } = file;
  const model = await inspectFile(path, inspecting);
  if (model.info.fingerprint === sha256) return model;
  throw new WinnowError('MODEL_CHANGED', say('notTheWrittenFile', { path }), { path });
}
