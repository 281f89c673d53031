// The use case of handing a choice on: writes it, or a list of its experts for another program.
import type { ChoiceFile, ChoiceForm } from '../../contract/choice-file.ts';
import { WinnowError } from '../../contract/errors.ts';
import { msg } from '../../contract/sentences.ts';
import { companionPath, writeNewFile } from '../models/model-files.ts';
import { refuseInputAsOutput } from '../base/files/user-files.ts';
import { choiceDocument, choiceModel, choiceText, expertList } from '../experts/selection/choice-file.ts';
import { readSettings } from '../experts/selections/selection-view.ts';
import type { EngineContext } from '../store/engine-context.ts';
import type { StoredExport } from '../store/exports.ts';
import { type ReportChoice, findSubject, requireRecorded, requireFile } from './subject.ts';

type WriteRequest = {
  readonly choice: ReportChoice;
  /** undefined: nothing is written; "beside": next to the file of the choice. */
  readonly output: string | undefined;
  readonly form: ChoiceForm;
  /** Whether to replace an existing file. */
  readonly overwrite: boolean;
};

/** Endings of the names of files beside their model files. */
const ENDINGS: Readonly<Record<ChoiceForm, string>> = {
  choice: '.choice.json',
  vllm: '.vllm.json',
  'vllm-ascend': '.vllm-ascend.jsonl',
  ktransformers: '.ktransformers.json',
};

/**
 * @throws WinnowError USAGE: there is no such selection, or it would overwrite a model; as `requireRecorded`; TARGET_EXISTS,
 * TARGET_UNWRITABLE, NO_SPACE, STORE
 */
export async function writeChoice(
  { choice: named, output, form, overwrite }: WriteRequest,
  { store, host, identities }: EngineContext,
  signal?: AbortSignal,
): Promise<{ readonly path: string | null; readonly choice: ChoiceFile }> {
  const subject = findSubject(store, named);
  const { model, file, selection } = subject;
  if (named.kind === 'file' && file) await requireRecorded(file, { host, identities, signal });
  if (selection === null) throw new WinnowError('USAGE', msg('choiceNeedsSelection'));
  const { quantised, how } = file?.plan ?? {};
  const { kept, criterion } = selection;
  const choice = {
    ...choiceDocument(choiceModel(model.info, kept), { kept, criterion, settings: readSettings(selection) }),
    ...(quantised && { quantised: publishedQuantised(quantised) }),
    ...(how?.width && { width: how.width }),
  };
  if (output === undefined) return { path: null, choice };
  const path = output === 'beside' ? companionPath(requireFile(subject).outputPath, ENDINGS[form]) : output;
  await refuseInputAsOutput(path, [...model.info.parts, ...(file ? [file.outputPath] : [])]);
  const text = form === 'choice' ? choiceText(choice) : expertList(model.info, selection.kept, form);
  await writeNewFile(path, text, overwrite);
  return { path, choice };
}

function publishedQuantised({
  type,
  rules,
  imatrix,
  allowRequantize,
}: NonNullable<StoredExport['plan']['quantised']>): NonNullable<ChoiceFile['quantised']> {
  return { type, rules, imatrix, requantised: allowRequantize };
}
