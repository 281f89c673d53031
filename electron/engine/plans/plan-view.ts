// A stored plan as the interface sees it.
import type { Plan } from '../../contract/api/plans.ts';
import { WinnowError } from '../../contract/errors.ts';
import type { ModelInfo } from '../../contract/model-info.ts';
import { modelName } from '../models/model-name.ts';
import { planSettingsSchema, type PlanSettings } from '../selection/plan-settings.ts';
import type { Store } from '../store/database.ts';
import { getModel, type StoredModel } from '../store/models.ts';
import { getPlan, type NewPlan, type StoredPlan } from '../store/plans.ts';

export type PlanOfModel = { readonly plan: StoredPlan; readonly model: StoredModel };

/** @throws WinnowError USAGE: there is no such plan */
export function requirePlan(store: Store, planId: number): PlanOfModel {
  const plan = getPlan(store, planId);
  const model = plan && getModel(store, plan.modelId);
  if (plan && model) return { plan, model };
  throw new WinnowError('USAGE', 'This selection was deleted. Choose another one, or undo the deletion.', { planId });
}

/** What led to the plan, as far as its row says. */
export function settingsOf({ settings }: Pick<StoredPlan, 'settings'>): PlanSettings {
  return planSettingsSchema.safeParse(settings).data ?? planSettingsSchema.parse({});
}

/** Names of the domains that the experts were chosen for; none of an imported mask. */
export function domainsOf(plan: Pick<StoredPlan, 'settings'>): string[] {
  return settingsOf(plan).demos.map(({ domain }) => domain);
}

/** A name where the user gave none: "python 15/32", "law + medicine 64/128, reap". */
export function planName(
  plan: Pick<NewPlan, 'kept' | 'criterion' | 'settings'>,
  info: Pick<ModelInfo, 'nExpert'>,
): string {
  const criterion = plan.criterion === null || plan.criterion === 'easy-ep' ? '' : `, ${plan.criterion}`;
  return `${domainsOf(plan).join(' + ')} ${plan.kept[0]?.length ?? 0}/${info.nExpert}${criterion}`.trim();
}

/** @param modelId of the model in the library; null: it is not there */
export function planView({ plan, model }: PlanOfModel, modelId: string | null): Plan {
  const { grouping, retained, selection } = settingsOf(plan);
  return {
    id: plan.id,
    name: plan.name === '' ? planName(plan, model.info) : plan.name,
    modelId,
    modelName: modelName(model.info),
    criterion: plan.criterion,
    domains: domainsOf(plan),
    keep: plan.kept[0]?.length ?? 0,
    nExpert: model.info.nExpert,
    kept: plan.kept,
    retained,
    grouping,
    selection,
    createdMs: plan.createdMs,
  };
}
