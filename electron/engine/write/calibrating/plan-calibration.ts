// What a calibration will do, settled before the model is loaded: the experts, the demos and their parts, where the model will lie, and
// what all of it takes.
import type { FittedParts } from '../../../contract/fitted-parts.ts';
import type { ScoringEstimate } from '../../../contract/api/runs.ts';
import { FITTED_PARTS } from '../../../contract/fitted-parts.ts';
import type { RepairCost } from '../../../contract/repair.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { CalibrateRequest } from '../../../contract/requests.ts';
import { inEnglish, say, type Sentence } from '../../../contract/sentences.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { identifying } from '../../models/identifying.ts';
import { inspectModel, requirePrunable, type InspectedModel } from '../../models/inspect.ts';
import { modelShape } from '../../models/placement/model-shape.ts';
import { chosenExperts, type ChosenExperts } from '../pruning/plan-export.ts';
import { placeDemos, type PlacedDemos, type RepairTools } from '../repairing/placed-demos.ts';
import { readRepairDemos } from '../repairing/read-demos.ts';
import { costOfRepair, memoryOfRepair, plannedFile, planRepair, type RepairedFile } from '../repairing/repair-cost.ts';
import type { RepairDemos } from '../repairing/repair-demos.ts';
import { checkKept } from '../../experts/selection/check-kept.ts';
import { isUngrouped } from '../../experts/selection/selection.ts';

export type CalibrationPlan = {
  readonly model: InspectedModel;
  readonly choice: ChosenExperts;
  readonly ungrouped: boolean;
  readonly parts: FittedParts;
  /** The model under the mask. */
  readonly file: RepairedFile;
  /** Experts that a token passes. */
  readonly used: number;
  readonly demos: RepairDemos;
  readonly placed: PlacedDemos;
  readonly cost: RepairCost;
  /** Of the full model's recording, as long as all of it takes. */
  readonly estimate: ScoringEstimate;
};

/**
 * Demos of files are added to their domain.
 * @throws WinnowError of inspecting and importing; of masks and recipes; MASK_INVALID, SELECTION_IMPOSSIBLE, DEMOS_EMPTY;
 * ARCH_REFUSED: it has no matrices of the kind that is fitted; OUT_OF_MEMORY: the demos do not pass the model at once
 */
export async function planCalibration(
  request: CalibrateRequest,
  context: EngineContext,
  { backend, placement, task }: Omit<RepairTools, 'context'>,
): Promise<CalibrationPlan> {
  const model = await inspectModel(request.model, backend, identifying(context, task));
  const { info } = model;
  requirePrunable(info);
  const choice = await chosenExperts(request, info, task.signal);
  const { kept, grouping, activeExperts } = choice;
  const warnings: Sentence[] = [...choice.warnings];
  const keep = checkKept(info, { kept, grouping, activeExperts: activeExperts ?? undefined }, warnings);
  warnings.forEach((warning) => task.log(inEnglish(warning)));
  if (keep === info.nExpert) throw new WinnowError('SELECTION_IMPOSSIBLE', say('calibrationAllKept'));
  const { parts = FITTED_PARTS } = request;
  const ungrouped = isUngrouped(info, grouping);
  const masked = { keep, bytes: info.bytes, parts, isUngrouped: ungrouped, activeExperts };
  const file = plannedFile(model, masked);
  if (parts.includes('down') && file.downs.length === 0) {
    throw new WinnowError('ARCH_REFUSED', say('repairNoMatrices', { path: info.path }));
  }

  const tools = { context, backend, placement, task };
  const { demos, modelId } = await readRepairDemos(request, context, backend, task);
  const planned = await planRepair(model, demos, modelId, tools);
  const cost = costOfRepair(planned, file, context);
  const used = activeExperts ?? modelShape(model).nExpertUsed;
  return {
    ...{ model, choice, ungrouped, parts, file, used, demos, cost },
    placed: await placeDemos(model, demos.fitted, tools, memoryOfRepair(file, demos, used)),
    estimate: { ...planned.teacher, seconds: cost.seconds },
  };
}
