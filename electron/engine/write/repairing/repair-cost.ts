// What a repair takes, before a model is loaded.
import type { ScoringEstimate } from '../../../contract/api/runs.ts';
import type { RepairCost } from '../../../contract/repair.ts';
import { knownRates } from '../../experts/scoring/known-rates.ts';
import type { ModelShape } from '../../models/placement/model-shape.ts';
import { estimateOf, type KnownRates, type ScoringPlan } from '../../models/placement/estimate.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { InspectedModel } from '../../models/inspect.ts';
import { quantiseSeconds } from '../quantising/quantise-rate.ts';
import { fitFlops, fitSeconds, memoryOfFit, type DownTensor } from './fit-cost.ts';
import { placeDemos, type RepairTools } from './placed-demos.ts';
import type { RepairDemos } from './repair-demos.ts';
import { downTensors } from './down-tensors.ts';
import { teacherBytes } from './teacher.ts';

/** Seconds that a file takes whatever its size: a worker starts, the file is written and read back. */
const FILE_STARTS = 1;

type Seconds = RepairCost['seconds'];

/** What a file's repair depends on, made or not. */
export type RepairedFile = {
  readonly downs: readonly DownTensor[];
  readonly bytes: number;
};

/** The full model on the demos of a repair, and how fast this machine is. */
export type PlannedRepair = {
  /** Recording the full model, once for all files. */
  readonly teacher: ScoringEstimate;
  readonly demos: RepairDemos;
  readonly teacherBytes: number;
  readonly reading: ScoringPlan;
  readonly known: KnownRates;
  readonly threads: number;
};

/**
 * @param modelRow of the full model in the store; null: it was never scored
 * @throws WinnowError as `placeDemos` and `knownRates`
 */
export async function planRepair(
  model: InspectedModel,
  demos: RepairDemos,
  modelRow: number | null,
  tools: Pick<RepairTools, 'backend' | 'placement' | 'context' | 'task'>,
): Promise<PlannedRepair> {
  const { backend, placement, context, task } = tools;
  const { threads } = placement;
  const { plan: reading } = (await placeDemos(model, demos.fitted, { backend, placement })).reading;
  const { store, host } = context;
  const about = { store, host, plan: reading, threads, path: model.info.path, modelRow, signal: task.signal };
  const known = await knownRates(about);
  const { fitted, judging, judged } = tokensOf(demos);
  const rounds = (fitted + judging) / fitted;
  const logitShare = judged / (fitted + judging);
  const { seconds } = estimateOf(reading, known, { rounds, logitShare });
  const teacher = { ...estimateOf(reading, known), seconds };
  return { teacher, demos, teacherBytes: teacherBytes(model, demos), reading, known, threads };
}

/** Of one file, the recording of the full model not included. */
export function secondsOfFile(
  { demos, reading, known, threads }: PlannedRepair,
  file: RepairedFile,
  { store }: Pick<EngineContext, 'store'>,
): Seconds {
  const { fitted, judging, judged } = tokensOf(demos);
  const shape = shapeOf(file, reading.shape);
  // experts run before and after each block's fit, and the demos that judge pass the file as it was and as it is
  const passed = fitted * (1 + expertShare(shape)) + 2 * judging;
  const repeats = { rounds: passed / fitted, logitShare: (2 * judged) / passed };
  const { seconds } = estimateOf({ ...reading, shape, buffers: null }, known, repeats);
  const flops = fitFlops(file.downs, fitted, shape.nExpertUsed);
  const weights = (downs: readonly DownTensor[], type: string): number =>
    downs.reduce((sum, down) => sum + (down.type === type ? valuesOf(down) : 0), 0);
  const quantising = [...new Set(file.downs.map(({ type }) => type))]
    .filter((type) => type !== 'f32')
    .reduce((sum, type) => sum + quantiseSeconds(store, type.toUpperCase(), weights(file.downs, type)), 0);
  const more = FILE_STARTS + fitSeconds(store, flops, threads, known.rates.host.flops) + quantising;
  const spread = seconds.likely > 0 ? seconds.high / seconds.likely : 1;
  return {
    low: seconds.low + more / spread,
    likely: seconds.likely + more,
    high: seconds.high + more * spread,
  };
}

/** All of it for one file. */
export function costOfRepair(
  planned: PlannedRepair,
  file: RepairedFile,
  context: Pick<EngineContext, 'store'>,
): RepairCost {
  const { teacher, demos, reading } = planned;
  const seconds = secondsOfFile(planned, file, context);
  const { fitted } = tokensOf(demos);
  return {
    demos: { fitted: demos.fitted.length, judging: demos.judging.length },
    tokens: fitted,
    seconds: {
      low: teacher.seconds.low + seconds.low,
      likely: teacher.seconds.likely + seconds.likely,
      high: teacher.seconds.high + seconds.high,
    },
    scratchBytes: planned.teacherBytes + file.downs.reduce((sum, { bytes }) => sum + bytes, 0),
    moreBytes: memoryOfFit(file.downs, fitted, reading.shape.nExpertUsed),
  };
}

/** A file that is there. */
export function madeFile({ info, tensors }: Pick<InspectedModel, 'info' | 'tensors'>): RepairedFile {
  return { downs: downTensors(tensors), bytes: info.bytes };
}

/**
 * One that is not made yet.
 * @param width share of each kept expert's neurons
 */
export function plannedFile(
  { info, tensors }: Pick<InspectedModel, 'info' | 'tensors'>,
  { keep = info.nExpert, width = 1, bytes, type }: PlannedDowns,
): RepairedFile {
  const share = bytes / info.bytes;
  const downs = downTensors(tensors).map((down): DownTensor => {
    const [nFf = 0, nEmbd = 0] = down.ne;
    return {
      type: type ?? down.type,
      ne: [Math.round(nFf * width), nEmbd, keep],
      bytes: Math.round(down.bytes * share),
    };
  });
  return { downs, bytes };
}

export type PlannedDowns = {
  /** Experts a layer. Default: all. */
  readonly keep?: number | undefined;
  readonly width?: number | undefined;
  /** Of the whole file. */
  readonly bytes: number;
  /** Of its down matrices, in lower case; a file type stands for its tensors. Default: as in the source. */
  readonly type?: string | undefined;
};

/** A full model's shape with the file's experts. */
function shapeOf({ downs, bytes }: RepairedFile, shape: ModelShape): ModelShape {
  const [nFf = 0, , nExpert = 0] = downs[0]?.ne ?? [];
  const full = shape.layers.reduce((sum, { experts, others }) => sum + experts.bytes + others.bytes, 0);
  const kept = (nExpert / shape.nExpert) * (nFf / shape.nFfExp);
  const smaller = Math.min(1, bytes / Math.max(1, full));
  return {
    ...shape,
    nExpert,
    nFfExp: nFf,
    layers: shape.layers.map((layer) => ({
      ...layer,
      experts: { parameters: layer.experts.parameters * kept, bytes: layer.experts.bytes * smaller },
      others: { ...layer.others, bytes: layer.others.bytes * smaller },
    })),
  };
}

/** Of what a token passes, its experts. */
function expertShare({ layers, nExpert, nExpertUsed }: ModelShape): number {
  const experts = layers.reduce(
    (sum, layer) => sum + (layer.experts.parameters * nExpertUsed) / Math.max(1, nExpert),
    0,
  );
  const others = layers.reduce((sum, layer) => sum + layer.others.parameters, 0);
  return experts / Math.max(1, experts + others);
}

function valuesOf({ ne }: DownTensor): number {
  return ne.reduce((product, n) => product * n, 1);
}

function tokensOf({ fitted, judging }: RepairDemos) {
  return {
    fitted: fitted.reduce((sum, { length }) => sum + length, 0),
    judging: judging.reduce((sum, { tokens }) => sum + tokens.length, 0),
    judged: judging.reduce((sum, demo) => sum + demo.judged.filter(Boolean).length, 0),
  };
}
