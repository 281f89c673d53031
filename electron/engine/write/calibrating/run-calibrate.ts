// The calibrate use case: a model, the experts to keep and demos in; routers that make up for some of what the others did out, in a
// file, where they are clearly worth it. An interrupted one goes on where it stopped.
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { llamaSource } from '../../../../native/index.ts';
import type { CalibrationCost, CalibrationFacts, CalibrationGate } from '../../../contract/calibration.ts';
import type { CalibrateRequest } from '../../../contract/requests.ts';
import { Backend } from '../../base/backend/backend.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { loadingStep, type Task } from '../../store/task.ts';
import { refuseInputAsOutput } from '../../base/files/user-files.ts';
import { requireVocabulary } from '../../base/backend/load-files.ts';
import { blockMask } from '../../models/block-mask.ts';
import { requireUnchanged } from '../../models/identity.ts';
import { loadModel } from '../../models/placement/load-model.ts';
import { FIT_EPOCHS, FIT_RATE } from '../pruning/router-reach.ts';
import { checkNames, freeBytes, spaceProblem } from '../pruning/target-checks.ts';
import { selectionHash } from '../../experts/selection/selection.ts';
import { hashJson } from '../../store/json.ts';
import { openResumableFolder } from '../../store/resumable-folder.ts';
import { keepFound, makeRoutersFolder } from './calibrate-selection.ts';
import { gateOf, judge, judgedTokens, recordFull, setRouters, type GateTools } from './gate.ts';
import { planCalibration, type CalibrationPlan } from './plan-calibration.ts';
import { writeCalibration } from './write-calibration.ts';

/** Raise it when a change of the code changes what is fitted: what an older one has begun is not gone on with. */
const VERSION = 1;
const SEED = 1;
/** In a scratch folder whose streams are whole. */
const RECORDED = 'recorded';
/** Shares of the work, roughly, in permille: the full model's pass, the fitting one, judging. */
const PARTS = { streams: 250, fitting: 600, judging: 150 } as const;

export type CalibrationOutcome = {
  readonly cost: CalibrationCost;
  /** null: a dry run. */
  readonly gate: CalibrationGate | null;
  /** Error of each block on the demos held aside, by the squared stream, before and after. */
  readonly blocks: readonly { readonly block: number; readonly before: number; readonly after: number }[];
  /** null: it is not worth it, or a dry run. */
  readonly file: { readonly path: string; readonly bytes: number; readonly sha256: string } | null;
  readonly seconds: number;
};

/**
 * @throws WinnowError as `planCalibration`; TARGET_EXISTS, TARGET_UNWRITABLE, NO_SPACE; ARCH_REFUSED: the model's blocks cannot be fitted;
 * USAGE: another process makes the same;
 * CANCELLED keeps what is done for the next time
 */
export async function runCalibrate(
  request: CalibrateRequest,
  context: EngineContext,
  task: Task,
): Promise<CalibrationOutcome> {
  const started = performance.now();
  const { output, overwrite, placement, mask, recipe } = request;
  const inputs = [request.model, mask, recipe].filter((path) => path !== undefined);
  await refuseInputAsOutput(output, inputs);
  if (request.selectionId !== undefined) await makeRoutersFolder(context.home);
  await checkNames(
    [{ path: resolve(output), keysFrom: null, remove: [], set: [], alignment: 1, tensors: [] }],
    overwrite,
  );
  using backend = new Backend(placement.gpu, context.host);
  const plan = await planCalibration(request, context, backend, task);
  const cost = costOf(plan);
  task.about({ estimate: plan.estimate });
  if (request.dryRun) return { cost, gate: null, blocks: [], file: null, seconds: 0 };

  using scratch = await openResumableFolder('calibration', keyOf(plan), context);
  const folder = scratch.path;
  const missing = spaceProblem(folder, await freeBytes(folder), [plan.scratchBytes]);
  if (missing && !existsSync(join(folder, RECORDED))) throw missing;
  const { choice, model, scoring } = plan;
  const { info } = model;
  const loaded = await loadModel(backend, info, placement, {
    placed: scoring.placed.load,
    signal: task.signal,
    onProgress: loadingStep(task),
    activeExperts: choice.activeExperts ?? undefined,
  });
  requireVocabulary(loaded, info);
  const { routers, gate } = await fitAndJudge(plan, folder, { backend, nLayers: loaded.nLayers, task, request });
  await requireUnchanged(info);
  const facts: CalibrationFacts = {
    ...{ version: 1, domain: scoring.domain, demos: plan.parts.fitted.length, aside: plan.parts.aside.length },
    ...{ tokens: cost.tokens, candidates: plan.candidates, scales: plan.scales, gate, seen: demosSeen(plan) },
  };
  const target = { output, overwrite, folder };
  const file = gate.kept ? await writeCalibration(routers, info, choice, facts, target, backend, task.signal) : null;
  if (request.selectionId !== undefined) {
    const { kept, grouping, activeExperts } = choice;
    const hash = selectionHash(info, { kept, grouping, activeExperts });
    await keepFound(context, { modelId: scoring.modelId, choice: hash, facts, path: file?.path ?? null });
  }
  await scratch.remove();
  const blocks = routers.map(({ block, before, after }) => ({ block, before, after }));
  return { cost, gate, blocks, file, seconds: (performance.now() - started) / 1000 };
}

/**
 * What it would take; the model is not loaded.
 * @throws WinnowError as `planCalibration`
 */
export async function estimateCalibration(
  request: CalibrateRequest,
  context: EngineContext,
  task: Task,
): Promise<CalibrationCost> {
  using backend = new Backend(request.placement.gpu, context.host);
  return costOf(await planCalibration(request, context, backend, task));
}

function costOf({
  parts,
  sequences,
  candidates,
  scales,
  estimate,
  scratchBytes,
  moreBytes,
}: CalibrationPlan): CalibrationCost {
  return {
    demos: { fitted: parts.fitted.length, aside: parts.aside.length, judging: parts.judging.length },
    tokens: sequences.reduce((sum, { length }) => sum + length, 0),
    ...{ candidates, scales, estimate, scratchBytes, moreBytes },
  };
}

/** Those that were fitted to, that said when to stop, and that decided whether it is worth it. */
function demosSeen({ scoring: { demos, tokenized } }: CalibrationPlan): NonNullable<CalibrationFacts['seen']> {
  const used = new Set(tokenized.map(({ hash }) => hash));
  return demos.filter(({ hash }) => used.has(hash)).map(({ id, hash }) => ({ id, hash }));
}

/** Equal for calibrations that fit the same. */
function keyOf(plan: CalibrationPlan): string {
  const { model, choice, candidates, scales, sequences, context, scoring } = plan;
  return hashJson({
    ...{ version: VERSION, llama: llamaSource().tag, model: model.info.fingerprint, candidates, scales },
    ...{ kept: choice.kept, ungrouped: plan.ungrouped, activeExperts: choice.activeExperts },
    ...{ nSlice: context.nSlice, kvType: context.kvType, placement: scoring.settings.placement },
    ...{ demos: sequences.map((tokens) => [...tokens]), aside: plan.parts.aside.length },
    ...{ fit: [FIT_RATE, FIT_EPOCHS, SEED] },
  });
}

async function fitAndJudge(
  plan: CalibrationPlan,
  folder: string,
  {
    backend,
    nLayers,
    task,
    request,
  }: { readonly backend: Backend; readonly nLayers: number; readonly task: Task; readonly request: CalibrateRequest },
) {
  const { model, choice, ungrouped, parts, sequences, scoring, candidates, scales } = plan;
  const nBlocks = model.info.moeLayers.length;
  const { signal } = task;
  const part = (before: number, share: number, key: string) => (done: number, total: number) => {
    task.progress(Math.round(before + (share * done) / total), 1000, 'permille');
    task.about({ step: { key, done: Math.min(Math.floor(done) + 1, total), total } });
  };
  const blocks = { sequences: [...sequences], ...plan.context, folder, nBlocks };

  const recorded = join(folder, RECORDED);
  if (!existsSync(recorded)) {
    const onProgress = part(0, PARTS.streams, 'recording');
    onProgress(0, nBlocks);
    await backend.call('recordStreams', blocks, { signal, onProgress });
    await writeFile(recorded, '');
  }
  await backend.call('setMask', { mask: blockMask(choice.kept, model.info, nLayers), ungrouped });
  const aside = Int32Array.from(parts.aside, (_, i) => parts.fitted.length + i);
  const fit = { ...blocks, aside, nCandidates: candidates, scales, rate: FIT_RATE, epochs: FIT_EPOCHS, seed: SEED };
  const routers = await backend.call('fitRouters', fit, {
    signal,
    onProgress: part(PARTS.streams, PARTS.fitting, 'fitting'),
  });

  const demos = parts.judging.map((demo) => {
    const tokenized = scoring.tokenized[demo]!;
    return { tokens: tokenized.tokens, judged: judgedTokens(tokenized) };
  });
  const onJudged = part(PARTS.streams + PARTS.fitting, PARTS.judging, 'judging');
  let judged = 0;
  const tools: GateTools = {
    ...{ backend, demos, threads: request.placement.threads, folder, signal },
    onDemo: () => onJudged(judged++, 3 * demos.length),
  };
  await backend.call('setMask', { mask: null, ungrouped: false });
  await recordFull(tools);
  await backend.call('setMask', { mask: blockMask(choice.kept, model.info, nLayers), ungrouped });
  const before = await judge(tools);
  await setRouters(backend, routers);
  return { routers, gate: gateOf(before, await judge(tools)) };
}
