// Finds what a card is about: a selection, and the file that was written from it. What was recorded of that file is true of no other.
import { WinnowError } from '../../contract/errors.ts';
import { msg } from '../../contract/sentences.ts';
import { modelIdOfSync } from '../models/model-files.ts';
import { readSettings } from '../experts/selections/selection-view.ts';
import { requireRun } from '../experts/runs/stored-run.ts';
import { type Choice, choiceOfFile, choiceOfSelection } from '../measure/evaluation/judged-choices.ts';
import type { Store } from '../store/database.ts';
import { type StoredExport, listExports } from '../store/exports.ts';
import { type StoredSelection, listSelections } from '../store/selections.ts';
import { type InspectedModel, type Inspecting, inspectFile } from '../models/inspect.ts';

/** How a subject is named. `newest`: whatever was chosen or written last. */
export type ReportChoice =
  | { readonly kind: 'newest' }
  | { readonly kind: 'run'; readonly runId: number }
  /** `exportId`: one of the files that were written from the selection; null: the newest. */
  | { readonly kind: 'selection'; readonly selectionId: number; readonly exportId: number | null }
  /** `path`: path of a pruned file, or of any part of it. */
  | { readonly kind: 'file'; readonly path: string };

/** @throws WinnowError USAGE: there is no such selection, run or file, or nothing was chosen yet */
export function findSubject(store: Store, choice: ReportChoice): Choice {
  switch (choice.kind) {
    case 'newest':
      return newestSubject(store);
    case 'run':
      return choiceOfSelection(store, selectionOfRun(store, choice.runId).id);
    case 'selection':
      return choiceOfSelection(store, choice.selectionId, choice.exportId);
    case 'file':
      return choiceOfFile(store, exportAt(store, choice.path));
  }
}

/** The written file of a subject. @throws WinnowError USAGE: none was written */
export function requireFile({ file }: Choice): StoredExport {
  if (file) return file;
  throw new WinnowError('USAGE', msg('cardNeedsFile'));
}

function newestSubject(store: Store): Choice {
  const [selection] = listSelections(store);
  const file = listExports(store).find(({ state }) => state === 'done');
  if (file && (file.finishedMs ?? file.startedMs) >= (selection?.createdMs ?? 0)) return choiceOfFile(store, file);
  if (selection) return choiceOfSelection(store, selection.id);
  throw new WinnowError('USAGE', msg('nothingToReport'));
}

/** The newest selection that was chosen by the run's scores. */
function selectionOfRun(store: Store, runId: number): StoredSelection {
  const { model } = requireRun(store, runId);
  const selection = listSelections(store, model.id).find((one) => readSettings(one).selection?.runIds.includes(runId));
  if (selection) return selection;
  throw new WinnowError('USAGE', msg('runNotChosenFrom', { run: runId }), { runId });
}

/** The export that wrote a file. @throws WinnowError USAGE: no export wrote it */
function exportAt(store: Store, path: string): StoredExport {
  const id = modelIdOfSync(path);
  const file = listExports(store).find(({ state, outputPath }) => state === 'done' && modelIdOfSync(outputPath) === id);
  if (file) return file;
  throw new WinnowError('USAGE', msg('notWrittenHere', { path }), { path });
}

/** Inspects the file. @throws WinnowError MODEL_CHANGED: it is another file; from inspecting it */
export async function requireRecorded(file: StoredExport, inspecting: Inspecting): Promise<InspectedModel> {
  const { outputPath: path, sha256 } = file;
  const model = await inspectFile(path, inspecting);
  if (model.info.fingerprint === sha256) return model;
  throw new WinnowError('MODEL_CHANGED', msg('notTheWrittenFile', { path }), { path });
}
