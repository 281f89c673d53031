// Keys `winnow.*` that let a pruned file explain itself, and the stored plan that they tell of.
import { basename } from 'node:path';
import { WinnowError } from '../../contract/errors.ts';
import type { ModelInfo } from '../../contract/model-info.ts';
import type { PruneRequest } from '../../contract/requests.ts';
import type { GgufEdit } from '../../../native/index.ts';
import type { Store } from '../store/database.ts';
import type { StoredModel } from '../store/models.ts';
import { getPlan, listPlans, type StoredPlan } from '../store/plans.ts';

type Kept = readonly (readonly number[])[];

/**
 * The stored plan that keeps these experts: the one that is named, else the newest; null: they come from elsewhere.
 * @throws WinnowError MODEL_CHANGED: the named plan is for another model
 */
export function findPlan(
  { planId }: Pick<PruneRequest, 'planId'>,
  kept: Kept,
  model: StoredModel,
  store: Store,
): StoredPlan | null {
  const named = planId === undefined ? undefined : getPlan(store, planId);
  if (named && named.modelId !== model.id) {
    throw new WinnowError(
      'MODEL_CHANGED',
      `${model.path} is no longer the model that the selection was made for. Choose that one, or score this one.`,
      { path: model.path, planId },
    );
  }
  const text = JSON.stringify(kept);
  const plans = [...(named ? [named] : []), ...listPlans(store, model.id)];
  return plans.find((plan) => JSON.stringify(plan.kept) === text) ?? null;
}

/** `winnow.*` keys: source, kept experts, and by what they were chosen where that is known. */
export function provenanceKeys(info: ModelInfo, kept: Kept, plan: StoredPlan | null): GgufEdit[] {
  return [
    { key: 'winnow.source.name', type: 'string', value: basename(info.path) },
    { key: 'winnow.source.fingerprint', type: 'string', value: info.fingerprint },
    { key: 'winnow.source.expert_count', type: 'uint32', value: info.nExpert },
    { key: 'winnow.kept_experts', type: 'int32', value: kept.flat() },
    ...(plan?.criterion
      ? [
          { key: 'winnow.criterion', type: 'string' as const, value: plan.criterion },
          { key: 'winnow.selection', type: 'string' as const, value: JSON.stringify(plan.settings) },
        ]
      : []),
  ];
}
