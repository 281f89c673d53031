// What a repair takes, before a model is loaded.
import type { ScoringEstimate } from '../../../contract/api/runs.ts';
import type { InspectedModel } from '../../models/inspect.ts';
import { modelShape } from '../../models/placement/model-shape.ts';
import { estimatePlaced, placeDemos, type RepairTools } from './placed-demos.ts';
import type { RepairDemos } from './repair-demos.ts';
import { downTensors } from './repair-file.ts';
import { teacherBytes } from './teacher.ts';

const FLOAT_BYTES = 4;
/** Scoring passes of the full model over what is fitted to: the stream, and the distributions on the demos that judge. */
const TEACHER_ROUNDS = 1.5;
/** Of the file, for each that is repaired: each block twice, the fit, and judging twice. */
const FILE_ROUNDS = 3;

export type RepairCost = {
  /** That pass a model at once. */
  readonly tokens: number;
  readonly teacher: ScoringEstimate;
  /** For each file. */
  readonly file: ScoringEstimate;
  /** On the disk meanwhile. */
  readonly scratchBytes: number;
  /** In memory beside what scoring the same demos takes: one block's inputs, what it lacks, its matrices and their inverses. */
  readonly moreBytes: number;
};

/**
 * @param made a file that is to be repaired
 * @throws WinnowError as `placeDemos` and `estimatePlaced`
 */
export async function repairCost(
  model: InspectedModel,
  made: InspectedModel,
  demos: RepairDemos,
  tools: RepairTools,
): Promise<RepairCost> {
  const tokens = demos.fitted.reduce((sum, { length }) => sum + length, 0);
  const { nExpertUsed } = modelShape(made);
  const blocks = downTensors(made).map(({ ne: [nFf = 0, nEmbd = 0, nExpert = 0], bytes }) => ({
    bytes,
    floats: tokens * (nExpertUsed * (nFf + 2) + 2 * nEmbd) + nExpert * nFf * (nFf + nEmbd),
  }));
  const [full, own] = [await placeDemos(model, demos.fitted, tools), await placeDemos(made, demos.fitted, tools)];
  return {
    tokens,
    teacher: await estimatePlaced(model, full, TEACHER_ROUNDS, tools),
    file: await estimatePlaced(made, own, FILE_ROUNDS, tools),
    scratchBytes: teacherBytes(model, demos) + blocks.reduce((sum, { bytes }) => sum + bytes, 0),
    moreBytes: Math.max(0, ...blocks.map(({ bytes, floats }) => FLOAT_BYTES * floats + 3 * bytes)),
  };
}
