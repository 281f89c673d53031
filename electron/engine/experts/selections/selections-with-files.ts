// All selections, and the files that were written from them.
import type { Criterion } from '../../../contract/criteria.ts';
import { modelName } from '../../models/model-name.ts';
import type { Store } from '../../store/database.ts';
import { listExports } from '../../store/exports.ts';
import { listModels } from '../../store/models.ts';
import { listedSelections } from '../../store/selections.ts';
import { selectionState } from './selection-view.ts';

export type SelectionWithFiles = {
  readonly selectionId: number;
  readonly name: string;
  readonly model: string;
  /** null: an imported mask. */
  readonly criterion: Criterion | null;
  /** Experts kept a layer, of `nExpert`. */
  readonly keep: number;
  readonly nExpert: number;
  /** By whose scores; empty: not known. */
  readonly runIds: readonly number[];
  /** Paths, newest first. */
  readonly files: readonly string[];
  readonly createdMs: number;
};

/** Newest first. */
export function selectionsWithFiles(store: Store): SelectionWithFiles[] {
  const models = new Map(listModels(store).map((model) => [model.id, model]));
  const files = Map.groupBy(
    listExports(store).filter(({ state }) => state === 'done'),
    ({ plan }) => plan.selectionId,
  );
  return listedSelections(store).flatMap((selection): SelectionWithFiles[] => {
    const model = models.get(selection.modelId);
    if (!model) return [];
    const { name, keep, nExpert, request, createdMs } = selectionState({ selection, model });
    return [
      {
        selectionId: selection.id,
        name,
        model: modelName(model.info),
        criterion: selection.criterion,
        keep,
        nExpert,
        runIds: request?.runIds ?? [],
        files: [...new Set((files.get(selection.id) ?? []).map(({ outputPath }) => outputPath))],
        createdMs,
      },
    ];
  });
}
