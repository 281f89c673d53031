// Calls about which experts to keep.
import type { Plan, plansCalls } from '../../contract/api/plans.ts';
import type { CallHandlers } from '../../contract/server.ts';
import { Backend } from '../backend/backend.ts';
import { inspectModel } from '../models/inspect.ts';
import { chooseFromRuns, selectionResult, type ChooserTools } from '../plans/choose-from-runs.ts';
import { fittingCount, offeredSteps } from '../plans/offered-counts.ts';
import { planView, requirePlan, type PlanOfModel } from '../plans/plan-view.ts';
import { importMask, savePlan } from '../plans/save-plan.ts';
import { writeMaskFile } from '../selection/mask-file.ts';
import { libraryModelsByFingerprint } from '../store/library-models.ts';
import { listModels } from '../store/models.ts';
import { deletePlan, listPlans, renamePlan, restorePlan } from '../store/plans.ts';
import type { Desk } from './desk.ts';
import { libraryIdOf } from './stored-models.ts';

type PlansHandlers = Pick<CallHandlers, keyof typeof plansCalls>;

/** The calls `plans.*`. */
export function plansHandlers(desk: Desk): PlansHandlers {
  return { ...offerHandlers(desk), ...choosingHandlers(desk), ...listHandlers(desk), ...maskHandlers(desk) };
}

/** What choosing by stored runs needs. */
export function chooserTools(desk: Desk): ChooserTools {
  const { library, runTotals } = desk;
  return {
    totals: runTotals,
    memory: (model, ctx) => library.memoryFacts(libraryIdOf(desk, model) ?? library.idOf(model.path), ctx),
  };
}

function offerHandlers(desk: Desk): Pick<PlansHandlers, 'plans.steps' | 'plans.fit'> {
  const { store } = desk.context;
  return {
    'plans.steps': (limits) => offeredSteps(store, limits),
    'plans.fit': async (request) =>
      fittingCount(store, request, chooserTools(desk).memory, await desk.library.freeMemory()),
  };
}

function choosingHandlers(desk: Desk): Pick<PlansHandlers, 'plans.compute' | 'plans.save'> {
  const { store } = desk.context;
  const tools = chooserTools(desk);
  return {
    'plans.compute': async ({ selection }, signal) => selectionResult(await chooseFromRuns(selection, tools, signal)),
    'plans.save': async ({ selection, name }, signal) => {
      const { id } = await savePlan(store, selection, name, tools, signal);
      desk.emit('plans', {});
      return view(desk, requirePlan(store, id));
    },
  };
}

function listHandlers(desk: Desk): Pick<PlansHandlers, 'plans.list' | 'plans.get' | 'plans.rename' | 'plans.delete'> {
  const { store } = desk.context;
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
        return [planView({ plan, model }, modelId ?? libraryIdOf(desk, model))];
      });
    },
    'plans.get': ({ planId }) => view(desk, requirePlan(store, planId)),
    'plans.rename': ({ planId, name }) => {
      renamePlan(store, requirePlan(store, planId).plan.id, name);
      desk.emit('plans', {});
      return view(desk, requirePlan(store, planId));
    },
    'plans.delete': ({ planId }) => {
      const { plan } = requirePlan(store, planId);
      deletePlan(store, planId);
      desk.emit('plans', {});
      return desk.undo.add(() => {
        restorePlan(store, plan);
        desk.emit('plans', {});
      });
    },
  };
}

function maskHandlers(desk: Desk): Pick<PlansHandlers, 'plans.importMask' | 'plans.exportMask'> {
  const { context, grants, library, native } = desk;
  const { store } = context;
  return {
    'plans.importMask': async ({ modelId, grant }) => {
      const path = grants.path(grant, 'read');
      await native.ensure();
      using backend = new Backend('off', context.host);
      const { info } = await inspectModel(library.path(modelId), backend);
      const { id } = await importMask(store, info, path);
      desk.emit('plans', {});
      return planView(requirePlan(store, id), modelId);
    },
    'plans.exportMask': async ({ planId, target }) => {
      const { plan, model } = requirePlan(store, planId);
      await writeMaskFile(grants.path(target, 'write'), plan.kept, model.info.nExpert);
      return null;
    },
  };
}

function view(desk: Desk, planned: PlanOfModel): Plan {
  return planView(planned, libraryIdOf(desk, planned.model));
}
