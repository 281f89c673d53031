// Builds the request that measures a choice for its verdict: the written file, or a preview if there is none, against the full model.
import type { Variant } from '../../../contract/api/evaluations.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { Placement } from '../../../contract/requests.ts';
import { say } from '../../../contract/sentences.ts';
import { exists } from '../../base/files/user-files.ts';
import { modelName } from '../../models/model-name.ts';
import { hashOf, requireSelection, type SelectionOfModel } from '../../experts/selections/selection-view.ts';
import { listExports, type StoredExport } from '../../store/exports.ts';
import { measurementOf, type ChoiceMeasurement } from './choice-measurement.ts';
import { comparedModels, type VariantSources } from './compared-variants.ts';
import type { ComparisonRequest } from './comparison-request.ts';

type ChoiceComparison = { readonly request: ComparisonRequest; readonly texts: ChoiceMeasurement['texts'] };

type MeasuredChoice = {
  readonly selectionId: number;
  /** The file to measure, such as one in another type. Default: the newest file with the choice's experts, in the model's own types. */
  readonly written?: StoredExport | undefined;
};

/**
 * The request for a selection.
 * @returns null: there is no text to measure on
 * @throws WinnowError USAGE: the selection was deleted; FILE_NOT_FOUND: its model is gone; the signal's reason
 */
export async function choiceComparison(
  sources: VariantSources,
  { selectionId, written }: MeasuredChoice,
  placement: Placement,
  signal: AbortSignal,
): Promise<ChoiceComparison | null> {
  const planned = requireSelection(sources.store, selectionId);
  const { textIds, otherTexts, ctx, chunks, texts } = await measurementOf(sources.store, planned.selection, signal);
  if (texts.length === 0) return null;
  const against = fullModelOf(sources, planned);
  const own = written && (await inLibrary(sources, written));
  const fileId = own ?? (await writtenFileOf(sources, planned));
  const variant: Variant = fileId === null ? { kind: 'preview', selectionId } : { kind: 'model', modelId: fileId };
  const models = comparedModels(sources, { against, variants: [variant] });
  return { request: { ...models, textIds, otherTexts, ctx, chunks, placement }, texts };
}

/** The id of the selection's model in the library. @throws WinnowError FILE_NOT_FOUND */
export function fullModelOf({ library }: Pick<VariantSources, 'library'>, { model }: SelectionOfModel): string {
  const modelId = library.findByFingerprint(model.fingerprint);
  if (modelId !== null) return modelId;
  throw new WinnowError('FILE_NOT_FOUND', say('modelGoneToCompare', { name: modelName(model.info) }));
}

/** The library id of the newest file with these experts; null: there is none. */
export async function writtenFileOf(
  { store, library }: Pick<VariantSources, 'store' | 'library'>,
  planned: SelectionOfModel,
): Promise<string | null> {
  const hash = hashOf(planned);
  for (const row of listExports(store)) {
    const id = row.plan.selectionHash === hash ? await inLibrary({ library }, row) : null;
    if (id !== null) return id;
  }
  return null;
}

/** The library id of a written file; null: it is not there. */
async function inLibrary(
  { library }: Pick<VariantSources, 'library'>,
  { state, outputPath }: StoredExport,
): Promise<string | null> {
  return state === 'done' && library.holds(outputPath) && (await exists(outputPath)) ? library.idOf(outputPath) : null;
}
