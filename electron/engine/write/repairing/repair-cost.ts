// Estimates what a repair takes, before a model is loaded.
import type { ScoringEstimate } from '../../../contract/api/runs.ts';
import { displayBytes } from '../../../contract/display-bytes.ts';
import type { RepairCost } from '../../../contract/repair.ts';
import { knownRates } from '../../experts/scoring/known-rates.ts';
import type { ModelShape } from '../../models/placement/model-shape.ts';
import type { LoadPlan } from '../../models/placement/place-model.ts';
import { estimateOf, type KnownRates, type ScoringPlan } from '../../models/placement/estimate.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { InspectedModel } from '../../models/inspect.ts';
import { quantiseSeconds } from '../quantising/quantise-rate.ts';
import { fitFlops, fitSeconds, memoryOfFit, type DownTensor } from './fit-cost.ts';
import { placeDemos, type RepairTools } from './placed-demos.ts';
import { tokensOf, type RepairDemos } from './repair-demos.ts';
import { teacherBytes } from './teacher.ts';
import { DOWN } from '../../models/expert-tensors.ts';

/** Seconds per file, whatever its size: to start a worker, write the file and read it back. */
const FILE_STARTS = 1;

type Seconds = RepairCost['seconds'];

/** What the repair of a file depends on, whether the file exists yet or not. */
export type RepairedFile = {
  /** The experts' down matrices. */
  readonly downs: readonly DownTensor[];
  readonly bytes: number;
};

/** The recording of the full model on a repair's demos, and the speed of this machine. */
type PlannedRepair = {
  /** Estimate for recording the full model, once for all files. */
  readonly teacher: ScoringEstimate;
  readonly demos: RepairDemos;
  readonly teacherBytes: number;
  readonly reading: ScoringPlan;
  readonly known: KnownRates;
  readonly threads: number;
};

/**
 * Plans the recording of the full model.
 * @param modelRow the full model's row in the store; null: it was never scored
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
  const { reading } = await placeDemos(model, demos.fitted, { backend, placement });
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

/** Seconds to repair one file, without recording the full model. */
export function secondsOfFile(
  { demos, reading, known, threads }: PlannedRepair,
  file: RepairedFile,
  { store }: Pick<EngineContext, 'store'>,
): Seconds {
  const { fitted, judging, judged } = tokensOf(demos);
  const shape = shapeOf(file, reading.shape);
  // a fit runs each token's experts, then runs them again with the result
  const passes = 1 + shareGoneOn(shape, reading.load, file.downs);
  // the judging demos pass through the file before and after the fit
  const passed = fitted * passes + 2 * judging;
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

/** The whole cost of repairing one file. */
export function costOfRepair(
  planned: PlannedRepair,
  file: RepairedFile,
  context: Pick<EngineContext, 'store'>,
): RepairCost {
  const { teacher, demos, reading } = planned;
  const { fitted, judging } = demos;
  const seconds = secondsOfFile(planned, file, context);
  return {
    demos: { fitted: fitted.length, judging: judging.length },
    tokens: tokensOf(demos).fitted,
    seconds: {
      low: teacher.seconds.low + seconds.low,
      likely: teacher.seconds.likely + seconds.likely,
      high: teacher.seconds.high + seconds.high,
    },
    scratchBytes: planned.teacherBytes + fittedBytes(file),
    moreBytes: memoryOfRepair(file, demos, reading.shape.nExpertUsed),
  };
}

/** The cost as a line of a job's log. */
export function costLine({ demos, tokens, seconds, scratchBytes, moreBytes }: RepairCost): string {
  const [low, high] = [seconds.low, seconds.high].map((value) => Math.max(1, Math.round(value)));
  return `The fit takes some ${low} to ${high} s: ${tokens} tokens of ${demos.fitted} demos pass through the model at once; it needs ${displayBytes(scratchBytes)} of disk space and ${displayBytes(moreBytes)} more memory than scoring.`;
}

/** Bytes on disk for the fitted tensors. */
export function fittedBytes({ downs }: Pick<RepairedFile, 'downs'>): number {
  return downs.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Bytes of memory in addition to what scoring the same demos takes. */
export function memoryOfRepair(
  { downs }: Pick<RepairedFile, 'downs'>,
  demos: RepairDemos,
  nExpertUsed: number,
): number {
  return memoryOfFit(downs, tokensOf(demos).fitted, nExpertUsed);
}

function downTensors<Tensor extends { readonly name: string }>(tensors: readonly Tensor[]): Tensor[] {
  return tensors.filter(({ name }) => name.endsWith(`.${DOWN}`));
}

/** An existing file to repair. */
export function madeFile({ info, tensors }: Pick<InspectedModel, 'info' | 'tensors'>): RepairedFile {
  return { downs: downTensors(tensors), bytes: info.bytes };
}

/** A file to repair that is not written yet. */
export function plannedFile(
  { info, tensors }: Pick<InspectedModel, 'info' | 'tensors'>,
  { keep = info.nExpert, width = 1, bytes, type }: FileToRepair,
): RepairedFile {
  const share = bytes / info.bytes;
  const downs = downTensors(tensors).map((down): DownTensor => {
    const [nFf = 0, nEmbd = 0] = down.ne;
    return {
      name: down.name,
      type: type ?? down.type,
      ne: [Math.round(nFf * width), nEmbd, keep],
      bytes: Math.round(down.bytes * share),
    };
  });
  return { downs, bytes };
}

export type FileToRepair = {
  /** Experts per layer. Default: all. */
  readonly keep?: number | undefined;
  /** Share of each kept expert's neurons. Default: all. */
  readonly width?: number | undefined;
  /** Size of the whole file. */
  readonly bytes: number;
  /** Type of its down matrices, in lower case; a file type stands for the type of its tensors. Default: as in the source. */
  readonly type?: string | undefined;
};

/** The full model's shape with the experts of the file. */
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

/** The share of experts in the parameters that a token uses. */
function expertShare(shape: ModelShape): number {
  return shareOf(shape, ({ experts }) => experts.parameters);
}

/** The share of what runs again after a fit of down matrices: without devices only these, since their inputs are known. */
function shareGoneOn(shape: ModelShape, { devices }: LoadPlan, downs: readonly DownTensor[]): number {
  if (devices.length > 0) return expertShare(shape);
  const values = new Map(downs.map((down) => [down.name, valuesOf(down)]));
  return shareOf(shape, ({ block }) => values.get(`blk.${block}.${DOWN}`) ?? 0);
}

/** A part's share of the parameters that a token uses. @param parametersOf parameters of the part in all experts of a layer */
function shareOf(
  { layers, nExpert, nExpertUsed }: ModelShape,
  parametersOf: (layer: ModelShape['layers'][number]) => number,
): number {
  const passed = (parameters: number): number => (parameters * nExpertUsed) / Math.max(1, nExpert);
  const some = layers.reduce((sum, layer) => sum + passed(parametersOf(layer)), 0);
  const all = layers.reduce((sum, { experts, others }) => sum + passed(experts.parameters) + others.parameters, 0);
  return some / Math.max(1, all);
}

function valuesOf({ ne }: DownTensor): number {
  return ne.reduce((product, n) => product * n, 1);
}
