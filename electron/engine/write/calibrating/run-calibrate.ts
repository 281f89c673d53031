// The calibrate use case. It takes a model, the experts to keep and demos, and writes a file of routers and down matrices that make up
// for part of what the removed experts did, if they are clearly worth it. An interrupted calibration resumes where it stopped.
import { resolve } from 'node:path';
import type { CalibrationFacts, CalibrationGate } from '../../../contract/calibration.ts';
import { REPAIR_RIDGE, type RepairCost } from '../../../contract/repair.ts';
import type { CalibrateRequest } from '../../../contract/requests.ts';
import { FITTED_PARTS, type FittedParts } from '../../../contract/fitted-parts.ts';
import type { ScoringEstimate } from '../../../contract/api/runs.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { inEnglish, say, type Sentence } from '../../../contract/sentences.ts';
import { Backend } from '../../base/backend/backend.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import { refuseInputAsOutput } from '../../base/files/user-files.ts';
import { loadVocabulary } from '../../base/backend/load-files.ts';
import { blockMask } from '../../models/block-mask.ts';
import { requireUnchanged } from '../../models/identity.ts';
import { hashJson } from '../../store/json.ts';
import { openResumableFolder } from '../../store/resumable-folder.ts';
import { identifying } from '../../models/identifying.ts';
import { inspectModel, requirePrunable, type InspectedModel } from '../../models/inspect.ts';
import { modelShape } from '../../models/placement/model-shape.ts';
import { checkKept } from '../../experts/selection/check-kept.ts';
import { isUngrouped, type Selection } from '../../experts/selection/selection.ts';
import { checkNames } from '../pruning/target-checks.ts';
import { FIT_SETTINGS, fitParts, fitTask, type Fitted } from '../repairing/fit-parts.ts';
import { gateOf, gateTools, judge } from '../repairing/gate.ts';
import { loadPlaced, placeDemos, type RepairTools, type PlacedDemos } from '../repairing/placed-demos.ts';
import {
  costLine,
  costOfRepair,
  memoryOfRepair,
  plannedFile,
  planRepair,
  type RepairedFile,
} from '../repairing/repair-cost.ts';
import { demosFittedTo, type RepairDemos } from '../repairing/repair-demos.ts';
import { requireScratch } from '../repairing/scratch.ts';
import { recordTeacher, REPAIR_VERSION, type Teacher } from '../repairing/teacher.ts';
import { chosenExperts } from '../pruning/plan-export.ts';
import { readRepairDemos } from '../repairing/read-demos.ts';
import { writeCalibration } from './write-calibration.ts';

/** Mean squared error of the residual stream behind a block, relative to the stream's square, before and after the fit. */
type BlockErrors = { readonly before: number; readonly after: number };

export type CalibrationOutcome = {
  readonly cost: RepairCost;
  /** null: a dry run. */
  readonly gate: CalibrationGate | null;
  /** Errors per block: for its router on the demos that say when to stop, for its matrices on all fitted demos; null: not fitted. */
  readonly blocks: readonly {
    readonly block: number;
    readonly routers: BlockErrors | null;
    readonly down: BlockErrors | null;
  }[];
  /** null: the fit is not worth it, or a dry run. */
  readonly file: { readonly path: string; readonly bytes: number; readonly sha256: string } | null;
  readonly seconds: number;
};

/**
 * Fits, judges the result and writes it if it is worth it.
 * @throws WinnowError as `planCalibration`; TARGET_EXISTS, TARGET_UNWRITABLE, NO_SPACE; ARCH_REFUSED: the model's blocks cannot be fitted;
 * USAGE: another process is making the same calibration;
 * CANCELLED: what is done is kept for the next time
 */
export async function runCalibrate(
  request: CalibrateRequest,
  context: EngineContext,
  job: Task,
): Promise<CalibrationOutcome> {
  const started = performance.now();
  const { output, overwrite, placement, mask, recipe } = request;
  const inputs = [request.model, mask, recipe].filter((path) => path !== undefined);
  await refuseInputAsOutput(output, inputs);
  await checkNames(
    [{ path: resolve(output), keysFrom: null, remove: [], set: [], alignment: 1, tensors: [] }],
    overwrite,
  );
  using backend = new Backend(placement.gpu, context.host);
  const task = fitTask(job);
  const tools: RepairTools = { context, backend, placement, task };
  const plan = await planCalibration(request, context, tools);
  if (request.dryRun) return { cost: plan.cost, gate: null, blocks: [], file: null, seconds: 0 };

  task.about({ estimate: plan.estimate });
  task.log(costLine(plan.cost));
  const { model, choice, demos, parts } = plan;
  const { info } = model;
  using teacher = await recordTeacher(model, demos, tools, plan.cost.scratchBytes);
  using folder = await openResumableFolder(`calibration-${keyOf(plan, teacher)}`, context);
  await requireScratch(folder.path, plan.file);
  const { fitted, gate } = await fitAndJudge(plan, teacher, folder.path, tools);
  await requireUnchanged(info);
  const facts: CalibrationFacts = {
    version: 1,
    domain: demos.domain,
    parts: [...parts],
    demos: demosFittedTo(demos, parts),
    aside: demos.aside.length,
    tokens: plan.cost.tokens,
    candidates: plan.cost.candidates,
    scales: false,
    gate,
    seen: [...demos.seen],
  };
  const target = { output, overwrite, folder: folder.path };
  const file = gate.kept ? await writeCalibration(fitted, model, choice, facts, target, backend, task.signal) : null;
  await loadVocabulary(backend, info); // releases the fitted files
  await folder.remove();
  await teacher.remove();
  return { cost: plan.cost, gate, blocks: blocksOf(fitted), file, seconds: (performance.now() - started) / 1000 };
}

/** What a calibration will do, decided before the model is loaded. */
type CalibrationPlan = {
  readonly model: InspectedModel;
  readonly choice: Selection;
  readonly ungrouped: boolean;
  readonly parts: FittedParts;
  /** The model under the mask. */
  readonly file: RepairedFile;
  /** Experts that each token is routed to. */
  readonly used: number;
  readonly demos: RepairDemos;
  readonly placed: PlacedDemos;
  readonly cost: RepairCost;
  /** The estimate for recording the full model, with the seconds of the whole calibration. */
  readonly estimate: ScoringEstimate;
};

/**
 * Plans a calibration. Demos that are given as files are added to their domain.
 * @throws WinnowError from inspecting and importing; from masks and recipes; MASK_INVALID, SELECTION_IMPOSSIBLE, DEMOS_EMPTY;
 * ARCH_REFUSED: the model has no matrices of the kind that is fitted; OUT_OF_MEMORY: the demos do not fit through the model at once
 */
async function planCalibration(
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
  const { demos, modelId } = await readRepairDemos(model, request, context, backend, task);
  const planned = await planRepair(model, demos, modelId, tools);
  const cost = costOfRepair(planned, file, context);
  const used = activeExperts ?? modelShape(model).nExpertUsed;
  return {
    model,
    choice,
    ungrouped,
    parts,
    file,
    used,
    demos,
    cost,
    placed: await placeDemos(model, demos.fitted, tools, memoryOfRepair(file, demos, used)),
    estimate: { ...planned.teacher, seconds: cost.seconds },
  };
}

/** A key that is equal for calibrations with the same fit. */
function keyOf(
  { model, choice, ungrouped, parts, file: { candidates }, placed, demos }: CalibrationPlan,
  teacher: Teacher,
): string {
  const { kept, activeExperts } = choice;
  const { kvType, nSlice } = placed.context;
  return hashJson({
    version: REPAIR_VERSION,
    teacher: teacher.key,
    model: model.info.fingerprint,
    parts,
    candidates,
    kept,
    ungrouped,
    activeExperts,
    load: placed.reading.load,
    kvType,
    nSlice,
    aside: demos.aside,
    settings: FIT_SETTINGS,
  });
}

async function fitAndJudge(
  { model: { info }, ...plan }: CalibrationPlan,
  teacher: Teacher,
  folder: string,
  tools: RepairTools,
): Promise<{ readonly fitted: Fitted; readonly gate: CalibrationGate }> {
  const { choice, ungrouped, parts, file, demos, placed, used } = plan;
  const { candidates, downs } = file;
  const { backend } = tools;
  const { nLayers } = await loadPlaced({ info }, placed, tools, choice.activeExperts ?? undefined);
  await backend.call('setMask', { mask: blockMask(choice.kept, info, nLayers), ungrouped });
  const before = await judge(gateTools(demos.judging, teacher.folder, tools));
  const nBlocks = info.moeLayers.length;
  const blocks = { sequences: [...demos.fitted], ...placed.context, folder, nBlocks };
  const fit = { parts, blocks, streams: teacher.folder, aside: demos.aside, candidates, ridge: REPAIR_RIDGE };
  const fitted = await fitParts({ ...fit, downs, used }, tools);
  return { fitted, gate: gateOf(before, await judge(gateTools(demos.judging, teacher.folder, tools))) };
}

function blocksOf({ routers, downs }: Fitted): CalibrationOutcome['blocks'] {
  const errorsOf = (of: readonly (BlockErrors & { readonly block: number })[], block: number): BlockErrors | null => {
    const one = of.find((fitted) => fitted.block === block);
    return one ? { before: one.before, after: one.after } : null;
  };
  const blocks = [...new Set([...routers, ...downs].map(({ block }) => block))];
  return blocks.map((block) => ({ block, routers: errorsOf(routers, block), down: errorsOf(downs, block) }));
}
