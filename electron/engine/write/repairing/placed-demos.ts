// Loads a model into a worker so that all demos can pass through it at once.
import { WinnowError } from '../../../contract/errors.ts';
import type { Placement } from '../../../contract/requests.ts';
import { msg } from '../../../contract/sentences.ts';
import type { Backend, LoadedModel } from '../../base/backend/backend.ts';
import type { Params } from '../../base/backend/protocol.ts';
import { planReading } from '../../experts/scoring/plan-run.ts';
import type { ScoringPlan } from '../../models/placement/cost.ts';
import type { InspectedModel } from '../../models/inspect.ts';
import { loadModel } from '../../models/placement/load-model.ts';
import { modelShape } from '../../models/placement/model-shape.ts';
import { withRepack } from '../../models/placement/place-model.ts';
import { scoringContext } from '../../models/placement/packs.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { loadingStep, type Task } from '../../store/task.ts';

/** Maximum tokens whose experts are computed at once. */
export const MOST_SLICE = 1024;

export type RepairTools = {
  readonly context: EngineContext;
  /** A worker that serves this work alone. */
  readonly backend: Backend;
  readonly placement: Placement;
  readonly task: Task;
};

/** How a model is loaded so that it takes all sequences at once. */
type PlacedDemos = {
  readonly reading: ScoringPlan;
  readonly context: Omit<Params<'scoringMemory'>['contexts'][number], 'conversation'>;
};

/**
 * Plans how to load a model for all sequences at once. Experts stay as they are in the file, so that their matrices can be read.
 * @param reservedBytes memory to leave free for other work
 * @throws WinnowError OUT_OF_MEMORY; as `planReading`
 */
export async function placeDemos(
  model: InspectedModel,
  sequences: readonly Int32Array[],
  { backend, placement }: Pick<RepairTools, 'backend' | 'placement'>,
  reservedBytes = 0,
): Promise<PlacedDemos> {
  const lengths = sequences.map(({ length }) => length);
  const tokens = lengths.reduce((sum, length) => sum + length, 0);
  const shape = modelShape(model);
  const about = { files: model.info, shape, lengths, alone: false, nUbatch: tokens, placement, reservedBytes };
  const reading = await planReading(about, backend);
  const { load, batch, threads } = reading;
  const nSlice = Math.min(batch.nSlice === 0 ? MOST_SLICE : batch.nSlice, MOST_SLICE);
  const readable = load.repack === 'all' ? withRepack(shape, { load, settled: load, fits: true }, 'others').load : load;
  return {
    reading: { ...reading, load: readable },
    context: scoringContext({ lengths, alone: false }, { ...batch, nUbatch: tokens, nSlice, threads }),
  };
}

/** Loads the model as planned. @throws WinnowError as `loadModel` */
export async function loadPlaced(
  { info }: InspectedModel,
  { reading }: PlacedDemos,
  { backend, placement, task }: RepairTools,
): Promise<LoadedModel> {
  const { load } = reading;
  const how = { placed: load, signal: task.signal, onProgress: loadingStep(task) };
  return loadModel(backend, info, placement, how);
}

/** Requires that a file was made from the source. @throws WinnowError MODEL_CHANGED: it was made from another model */
export function requireSameModel(made: InspectedModel, source: InspectedModel): void {
  const what = ({ info, tensors }: InspectedModel): string =>
    JSON.stringify([
      info.arch,
      info.moeLayers,
      tensors.find(({ name }) => name === 'token_embd.weight')?.ne ?? tensors[0]?.ne,
    ]);
  if (what(made) === what(source)) return;
  throw new WinnowError('MODEL_CHANGED', msg('repairOtherModel', { path: made.info.path, source: source.info.path }), {
    path: made.info.path,
  });
}
