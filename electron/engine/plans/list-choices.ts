// All choices of experts, and the files that were written from them.
import type { Criterion } from '../../contract/criteria.ts';
import { modelName } from '../models/model-name.ts';
import type { Store } from '../store/database.ts';
import { listExports } from '../store/exports.ts';
import { listModels } from '../store/models.ts';
import { listPlans } from '../store/plans.ts';
import { planView, settingsOf } from './plan-view.ts';

export type Choice = {
  readonly planId: number;
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
export function listChoices(store: Store): Choice[] {
  const models = new Map(listModels(store).map((model) => [model.id, model]));
  const files = Map.groupBy(
    listExports(store).filter(({ state }) => state === 'done'),
    ({ plan }) => plan.planId,
  );
  return listPlans(store).flatMap((plan): Choice[] => {
    const model = models.get(plan.modelId);
    if (!model) return [];
    const { name, criterion, keep, nExpert, createdMs } = planView({ plan, model }, null);
    return [
      {
        planId: plan.id,
        name,
        model: modelName(model.info),
        criterion,
        keep,
        nExpert,
        runIds: settingsOf(plan).selection?.runIds ?? [],
        files: [...new Set((files.get(plan.id) ?? []).map(({ outputPath }) => outputPath))],
        createdMs,
      },
    ];
  });
}
