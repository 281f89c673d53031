// Calls about which experts to keep.
import type { Plan, plansCalls } from '../../contract/api/plans.ts';
import type { CallHandlers } from '../../contract/server.ts';
import { Backend } from '../backend/backend.ts';
import { inspectModel } from '../models/inspect.ts';
import { chooseFromRuns, chooserTools, selectionResult } from '../plans/choose-from-runs.ts';
import { fittingCount, offeredSteps } from '../plans/offered-counts.ts';
import { planView, requirePlan, type PlanOfModel } from '../plans/plan-view.ts';
import { importMask, savePlan } from '../plans/save-plan.ts';
import { writeMaskFile } from '../selection/mask-file.ts';
import { libraryModelsByFingerprint } from '../store/library-models.ts';
import { listModels } from '../store/models.ts';
import { deletePlan, listPlans, renamePlan, restorePlan } from '../store/plans.ts';
import type { Services } from './services.ts';

type PlansHandlers = Pick<CallHandlers, keyof typeof plansCalls>;

/** The calls `plans.*`. */
export function plansHandlers(services: Services): PlansHandlers {
  return {
    ...offerHandlers(services),
    ...choosingHandlers(services),
    ...listHandlers(services),
    ...maskHandlers(services),
  };
}

function offerHandlers(services: Services): Pick<PlansHandlers, 'plans.steps' | 'plans.fit'> {
  const { store } = services.context;
  return {
    'plans.steps': (limits) => offeredSteps(store, limits),
    'plans.fit': async (request) =>
      fittingCount(
        store,
        request,
        chooserTools(services.library, services.runTotals).memory,
        await services.library.freeMemory(),
      ),
  };
}

function choosingHandlers(services: Services): Pick<PlansHandlers, 'plans.compute' | 'plans.save'> {
  const { store } = services.context;
  const tools = chooserTools(services.library, services.runTotals);
  return {
    'plans.compute': async ({ selection }, signal) => selectionResult(await chooseFromRuns(selection, tools, signal)),
    'plans.save': async ({ selection, name }, signal) => {
      const { id } = await savePlan(store, selection, name, tools, signal);
      services.emit('plans', {});
      return view(services, requirePlan(store, id));
    },
  };
}

function listHandlers(
  services: Services,
): Pick<PlansHandlers, 'plans.list' | 'plans.get' | 'plans.rename' | 'plans.delete'> {
  const { store } = services.context;
  return {
    'plans.list': ({ modelId }) => {
      // a model may lie in several places: its plans are shown at each
      const models = new Map(
        listModels(store).map((model) => [
          model.id,
          { model, ids: libraryModelsByFingerprint(store, model.fingerprint) },
        ]),
      );
      return listPlans(store).flatMap((plan) => {
        const { model, ids = [] } = models.get(plan.modelId) ?? {};
        if (!model || (modelId !== null && !ids.includes(modelId))) return [];
        return [planView({ plan, model }, modelId ?? services.library.findByFingerprint(model.fingerprint))];
      });
    },
    'plans.get': ({ planId }) => view(services, requirePlan(store, planId)),
    'plans.rename': ({ planId, name }) => {
      renamePlan(store, requirePlan(store, planId).plan.id, name);
      services.emit('plans', {});
      return view(services, requirePlan(store, planId));
    },
    'plans.delete': ({ planId }) => {
      const { plan } = requirePlan(store, planId);
      deletePlan(store, planId);
      services.emit('plans', {});
      return services.undo.add(() => {
        restorePlan(store, plan);
        services.emit('plans', {});
      });
    },
  };
}

function maskHandlers(services: Services): Pick<PlansHandlers, 'plans.importMask' | 'plans.exportMask'> {
  const { context, grants, library, native } = services;
  const { store } = context;
  return {
    'plans.importMask': async ({ modelId, grant }) => {
      const path = grants.path(grant, 'read');
      await native.ensure();
      using backend = new Backend('off', context.host);
      const { info } = await inspectModel(library.path(modelId), backend);
      const { id } = await importMask(store, info, path);
      services.emit('plans', {});
      return planView(requirePlan(store, id), modelId);
    },
    'plans.exportMask': async ({ planId, target }) => {
      const { plan, model } = requirePlan(store, planId);
      await writeMaskFile(grants.path(target, 'write'), plan.kept, model.info.nExpert);
      return null;
    },
  };
}

function view(services: Services, planned: PlanOfModel): Plan {
  return planView(planned, services.library.findByFingerprint(planned.model.fingerprint));
}
