// Builds the request that measures a choice: the written file, or a preview if there is none, against the full model.
import type { MeasurementText } from '../../../contract/api/evaluations.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { Placement } from '../../../contract/requests.ts';
import { say } from '../../../contract/sentences.ts';
import { exists } from '../../base/files/user-files.ts';
import { modelName } from '../../models/model-name.ts';
import { type Library, pathOfStoredModel } from '../../models/library/library.ts';
import { selectionHash } from '../../experts/selection/selection.ts';
import {
  type SelectionOfModel,
  domainsOf,
  hashOf,
  requireSelection,
  selectionState,
  settingsOf,
} from '../../experts/selections/selection-view.ts';
import type { Store } from '../../store/database.ts';
import { type StoredExport, listExports } from '../../store/exports.ts';
import { measurementOf } from './choice-measurement.ts';
import { type Compared, type ComparisonRequest, fileAsItIs } from './comparison-request.ts';

type Sources = { readonly store: Store; readonly library: Library };

type AskedChoice = {
  readonly selectionId: number;
  /** The file to measure, such as one in another type. Default: the newest file with the choice's experts, in the model's own types. */
  readonly written?: StoredExport | undefined;
};

/** The full model and the choice's file or preview, in a form that a job can use. */
type ChoiceModels = {
  readonly full: Compared;
  readonly fullId: string;
  readonly fullName: string;
  readonly variants: readonly [Compared];
};

/** @throws WinnowError USAGE: the selection was deleted; FILE_NOT_FOUND: its model is gone */
export async function choiceModels(sources: Sources, { selectionId, written }: AskedChoice): Promise<ChoiceModels> {
  const planned = requireSelection(sources.store, selectionId);
  const fullId = fullModelOf(sources, planned);
  const own = written && (await inLibrary(sources, written));
  const fileId = own ?? (await writtenFileOf(sources, planned));
  const full = modelOf(sources, fullId);
  return {
    full: { ...full, label: `${full.label}, full` },
    fullId,
    fullName: full.label,
    variants: [fileId === null ? previewOf(sources, planned) : { ...modelOf(sources, fileId), selectionId }],
  };
}

/**
 * The request for a selection.
 * @returns null: there is no text to measure on
 * @throws WinnowError as `choiceModels`; the signal's reason
 */
export async function choiceComparison(
  sources: Sources,
  asked: AskedChoice,
  placement: Placement,
  signal: AbortSignal,
): Promise<{ readonly request: ComparisonRequest; readonly texts: readonly MeasurementText[] } | null> {
  const { selection } = requireSelection(sources.store, asked.selectionId);
  const { textIds, otherTexts, ctx, chunks, texts } = await measurementOf(sources.store, selection, signal);
  if (texts.length === 0) return null;
  const { full, fullName, variants } = await choiceModels(sources, asked);
  return {
    request: { full, fullName, variants: [...variants], textIds, otherTexts, ctx, chunks, placement },
    texts,
  };
}

/** The id of the selection's model in the library. @throws WinnowError FILE_NOT_FOUND */
export function fullModelOf({ library }: Pick<Sources, 'library'>, { model }: SelectionOfModel): string {
  const modelId = library.findByFingerprint(model.fingerprint);
  if (modelId !== null) return modelId;
  throw new WinnowError('FILE_NOT_FOUND', say('modelGoneToCompare', { name: modelName(model.info) }));
}

/** The library id of the newest file with these experts; null: there is none. */
export async function writtenFileOf({ store, library }: Sources, planned: SelectionOfModel): Promise<string | null> {
  const hash = hashOf(planned);
  for (const row of listExports(store)) {
    const id = row.plan.selectionHash === hash ? await inLibrary({ library }, row) : null;
    if (id !== null) return id;
  }
  return null;
}

/** The library id of a written file; null: it is not there. */
async function inLibrary(
  { library }: Pick<Sources, 'library'>,
  { state, outputPath }: StoredExport,
): Promise<string | null> {
  return state === 'done' && library.holds(outputPath) && (await exists(outputPath)) ? library.idOf(outputPath) : null;
}

function modelOf({ library }: Sources, modelId: string): Compared {
  const { name } = library.entry(modelId);
  return { ...fileAsItIs(library.path(modelId)), variant: { kind: 'model', modelId }, label: name };
}

function previewOf({ library }: Sources, planned: SelectionOfModel): Compared {
  const { selection, model } = planned;
  const { kept, criterion, id } = selection;
  const { grouping, activeExperts } = settingsOf(selection);
  const domains = domainsOf(selection);
  return {
    variant: { kind: 'preview', selectionId: id },
    label: [selectionState(planned).name, criterion, 'preview'].filter((part) => part !== null).join(', '),
    path: pathOfStoredModel(library, model),
    fingerprint: model.fingerprint,
    kept,
    grouping,
    activeExperts,
    selectionHash: selectionHash(model.info, { kept, grouping, activeExperts }),
    selectionId: id,
    domains: domains.length > 0 ? domains : null,
  };
}
