// What a repair takes, before a model is loaded: passes, fit and memory.
import type { ScoringEstimate } from '../../../contract/api/runs.ts';
import { displayBytes } from '../../../contract/display-bytes.ts';
import type { TensorInfo } from '../../../contract/model-info.ts';
import type { RepairCost } from '../../../contract/repair.ts';
import { sum } from '../../base/statistics/numbers.ts';
import { runRates } from '../../experts/scoring/plan-run.ts';
import { DOWN } from '../../models/expert-tensors.ts';
import type { InspectedModel } from '../../models/inspect.ts';
import { planCost, toEstimate, secondsOfCost, type RunRates, type ScoringPlan } from '../../models/placement/cost.ts';
import type { ModelShape, SizedTensor } from '../../models/placement/model-shape.ts';
import { secondsOf } from '../../store/rates.ts';
import { MOST_SLICE, placeDemos, type RepairTools } from './placed-demos.ts';
import { countTokens, type RepairDemos } from './repair-demos.ts';
import { teacherBytes } from './teacher.ts';

/** Number of passes over all experts of a block. */
export const SWEEPS = 2;
/** Seconds per file, whatever its size: to start a worker, write the file and read it back. */
const FILE_STARTS = 1;

const FLOAT_BYTES = 4;
/** Tokens of the fullest expert, as a multiple of the mean. */
const SKEW = 4;
/** Up to this many token-expert pairs, in units of n_ff, an expert is fitted by pairs (native/src/down-fit.cpp). */
const MOST_BY_PAIRS = 1.5;

/** A tensor of down matrices: [n_ff, n_embd, n_expert]. */
export type DownTensor = SizedTensor & { readonly type: string };

/** What the repair of a file depends on, whether the file exists yet or not. */
export type RepairedFile = {
  /** The experts' down matrices. */
  readonly downs: readonly DownTensor[];
  readonly bytes: number;
};

/** The recording of the full model on a repair's demos, and the speed of this machine. */
type PlannedRepair = {
  /** Estimate for the recording, once for all files. */
  readonly teacher: ScoringEstimate;
  readonly demos: RepairDemos;
  readonly teacherBytes: number;
  readonly reading: ScoringPlan;
  readonly rates: RunRates;
};

/**
 * Plans the recording of the full model.
 * @param modelRow the full model's row in the store; null: it was never scored
 * @throws WinnowError as `placeDemos`
 */
export async function planRepair(
  model: InspectedModel,
  demos: RepairDemos,
  modelRow: number | null,
  { backend, placement, context }: RepairTools,
): Promise<PlannedRepair> {
  const { reading } = await placeDemos(model, demos.fitted, { backend, placement });
  const rates = runRates(modelRow, reading, context.store);
  const { fitted, judging, judged } = countTokens(demos);
  const repeats = { rounds: (fitted + judging) / fitted, logitShare: judged / (fitted + judging) };
  const { seconds } = toEstimate(reading, rates, repeats);
  const teacher = { ...toEstimate(reading, rates), seconds };
  return { teacher, demos, teacherBytes: teacherBytes(model, demos), reading, rates };
}

/** Seconds to repair one file, without recording the full model. */
export function secondsOfFile({ demos, reading, rates: { rates } }: PlannedRepair, file: RepairedFile): number {
  const { fitted, judging, judged } = countTokens(demos);
  const shape = toShape(file, reading.shape);
  // the demos pass once, and their down matrices, at most a third, again behind the fit; the judging ones before and after it
  const passed = (4 / 3) * fitted + 2 * judging;
  const repeats = { rounds: passed / fitted, logitShare: (2 * judged) / passed };
  const work: Record<string, number> = { fit: fitFlops(file.downs, fitted, shape.nExpertUsed) };
  for (const { type, ne } of file.downs.filter((down) => down.type !== 'f32')) {
    const kind = `quantise ${type.toUpperCase()}`;
    work[kind] = (work[kind] ?? 0) + weightsIn(ne);
  }
  return FILE_STARTS + secondsOfCost(planCost({ ...reading, shape }, repeats), rates) + secondsOf(work, rates);
}

/** The whole cost of repairing one file. */
export function costOfRepair(planned: PlannedRepair, file: RepairedFile): RepairCost {
  const { teacher, demos, reading } = planned;
  return {
    demos: { fitted: demos.fitted.length, judging: demos.judging.length },
    tokens: countTokens(demos).fitted,
    seconds: teacher.seconds + secondsOfFile(planned, file),
    scratchBytes: planned.teacherBytes + fittedBytes(file),
    moreBytes: memoryOfFit(file.downs, countTokens(demos).fitted, reading.shape.nExpertUsed),
  };
}

/** The cost as a line of a job's log. */
export function costLine({ demos, tokens, seconds, scratchBytes, moreBytes }: RepairCost): string {
  return `The fit takes some ${Math.max(1, Math.round(seconds))} s: ${tokens} tokens of ${demos.fitted} demos pass through the model at once; it needs ${displayBytes(scratchBytes)} of disk space and ${displayBytes(moreBytes)} more memory than scoring.`;
}

/** Bytes on disk for the fitted tensors. */
export function fittedBytes({ downs }: RepairedFile): number {
  return sum(downs.map(({ bytes }) => bytes));
}

/** An existing file to repair. */
export function madeFile({ info, tensors }: InspectedModel): RepairedFile {
  return { downs: tensors.filter(isDown), bytes: info.bytes };
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

/** A file to repair that is not written yet. */
export function plannedFile(
  { info, tensors }: InspectedModel,
  { keep = info.nExpert, width = 1, bytes, type }: FileToRepair,
): RepairedFile {
  const share = bytes / info.bytes;
  const downs = tensors.filter(isDown).map((down): DownTensor => {
    const [nFf = 0, nEmbd = 0] = down.ne;
    const ne = [Math.round(nFf * width), nEmbd, keep];
    return { name: down.name, type: type ?? down.type, ne, bytes: Math.round(down.bytes * share) };
  });
  return { downs, bytes };
}

function isDown({ name }: TensorInfo): boolean {
  return name.endsWith(`.${DOWN}`);
}

/** The full model's shape with the experts of the file. */
function toShape({ downs, bytes }: RepairedFile, shape: ModelShape): ModelShape {
  const [nFf = 0, , nExpert = 0] = downs[0]?.ne ?? [];
  const full = sum(shape.layers.map(({ experts, others }) => experts.bytes + others.bytes));
  const kept = (nExpert / shape.nExpert) * (nFf / shape.nFfExp);
  const smaller = Math.min(1, bytes / Math.max(1, full));
  const layers = shape.layers.map((layer) => ({
    ...layer,
    experts: { parameters: layer.experts.parameters * kept, bytes: layer.experts.bytes * smaller },
    others: { ...layer.others, bytes: layer.others.bytes * smaller },
  }));
  return { ...shape, nExpert, nFfExp: nFf, layers };
}

/** Number of weights in a tensor of these dimensions. */
export function weightsIn(ne: readonly number[]): number {
  return ne.reduce((product, n) => product * n, 1);
}

/**
 * FLOPs of a fit, with the token-expert pairs spread evenly over the experts. For n pairs: half of the normal matrix of n_ff columns, its
 * inverse, and in each sweep n_embd rows of gradient, change and residual; for few pairs, the same with a matrix of n pairs.
 */
export function fitFlops(downs: readonly DownTensor[], tokens: number, nExpertUsed: number): number {
  return sum(
    downs.map(({ ne: [nFf = 0, nEmbd = 0, nExpert = 1] }) => {
      const n = (tokens * nExpertUsed) / nExpert;
      const byPairs = isByPairs(n, nFf);
      const inverted = byPairs ? n : nFf;
      const matrix = (n * nFf * inverted) / 2 + inverted ** 3;
      const sweep = (byPairs ? n ** 2 : nFf * (2 * n + nFf)) * nEmbd;
      const change = byPairs ? n * nFf * nEmbd : 0;
      return 2 * nExpert * (matrix + SWEEPS * sweep + change);
    }),
  );
}

function isByPairs(pairs: number, nFf: number): boolean {
  return pairs <= MOST_BY_PAIRS * nFf;
}

/**
 * Bytes of memory to fit one block's matrices, in addition to what scoring the same demos takes: the inputs of the matrices, the block's
 * residual error twice, the changes and inverses of all its experts, the inputs of three experts twice, those of one slice of tokens once
 * more, and the matrices in their type three times.
 */
export function memoryOfFit(downs: readonly DownTensor[], tokens: number, nExpertUsed: number): number {
  return Math.max(
    0,
    ...downs.map(({ ne: [nFf = 0, nEmbd = 0, nExpert = 1], bytes }) => {
      const pairs = (tokens * nExpertUsed) / nExpert;
      const fullest = Math.min(tokens, SKEW * pairs);
      const inputs = (tokens + Math.min(tokens, MOST_SLICE)) * nExpertUsed * nFf + 6 * fullest * nFf;
      const width = isByPairs(pairs, nFf) ? Math.max(pairs, nFf) : nFf;
      const floats = inputs + tokens * (2 * nExpertUsed + 2 * nEmbd) + nExpert * width * (width + nEmbd);
      return Math.ceil(FLOAT_BYTES * floats) + 3 * bytes;
    }),
  );
}
