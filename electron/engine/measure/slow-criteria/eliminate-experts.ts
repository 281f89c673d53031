// A joint choice with re-routing. All experts run on a sample of the demos' tokens. Then each layer's experts are removed one by one: always
// the one whose removal changes the layer's output least, with its tokens re-routed to the remaining experts (native/src/expert-elimination.h).
import type { ModelInfo } from '../../../contract/model-info.ts';
import type { Grouping, Placement } from '../../../contract/requests.ts';
import { CLASSES_OF_CHOICE, TOKEN_CLASSES, type TokenChoice } from '../../../contract/token-classes.ts';
import type { Backend } from '../../base/backend/backend.ts';
import { knownRates } from '../../experts/scoring/known-rates.ts';
import type { PreparedSubject } from '../../experts/scoring/prepare-scoring.ts';
import { isUngrouped } from '../../experts/selection/selection.ts';
import type { InspectedModel } from '../../models/inspect.ts';
import { estimateOf } from '../../models/placement/estimate.ts';
import { modelShape } from '../../models/placement/model-shape.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import { evenLength } from '../../write/repairing/even-length.ts';
import { evenly } from '../../write/repairing/known-demos.ts';
import { loadPlaced, placeDemos, type RepairTools } from '../../write/repairing/placed-demos.ts';
import { demoWindows } from '../../write/repairing/windows.ts';

/** Maximum demos that take part, and maximum tokens of them that pass through the model, all at once. */
const MOST_DEMOS = 48;
const MOST_PASSING = 16_384;
/** Minimum demos for a model that takes several demos at once only if they are equally long. */
const FEWEST_ALONE = 4;
/** Maximum tokens that count, and maximum bytes of one layer's products of their experts' outputs. */
const MOST_SAMPLED = 1024;
const MOST_PRODUCTS = 256 * 2 ** 20;
const FLOAT_BYTES = 4;
const DOUBLE_BYTES = 8;

/** Choices of one token's experts in one layer, per second and thread: typical of processors, not measured on this machine. */
const CHOICES_A_SECOND = 6e6;

export type EliminationSample = {
  /** Sequences that pass through the model at once. */
  readonly sequences: readonly Int32Array[];
  /** Indices of the tokens that count, numbered through all sequences. */
  readonly sample: Int32Array;
};

/**
 * Samples tokens at equal distances, without the first one of each demo, which is the same in all demos.
 * @param tokens the choice of tokens that count
 * @returns null: no demo has such a token
 */
export function eliminationSample(
  { tokenized, info, plan }: Pick<PreparedSubject, 'tokenized' | 'info' | 'plan'>,
  tokens: TokenChoice,
): EliminationSample | null {
  const demos = evenly(tokenized, MOST_DEMOS);
  const { alone, window = Infinity } = plan;
  const each = Math.min(Math.floor(MOST_PASSING / demos.length), window);
  const lengths = demos.map((demo) => Math.min(demo.tokens.length, each));
  const length = alone ? evenLength(lengths, Math.min(FEWEST_ALONE, lengths.length)) : window;
  const usable = alone ? demos.filter((demo) => demo.tokens.length >= length) : demos;
  const places = demoWindows(
    usable.map(({ tokens: own, classes }) => ({ tokens: Int32Array.from(own.keys()), classes })),
    MOST_PASSING,
    length,
  );
  const isCounted = TOKEN_CLASSES.map((tokenClass) => CLASSES_OF_CHOICE[tokens].includes(tokenClass));
  const counted: number[] = [];
  let before = 0;
  const sequences = places.map(({ tokens: window }, demo) => {
    const { tokens: own, classes } = usable[demo]!;
    window.forEach((place, at) => {
      if (place > 0 && isCounted[classes[place]!]) counted.push(before + at);
    });
    before += window.length;
    return window.map((place) => own[place]!);
  });
  if (counted.length === 0) return null;
  const most = Math.floor(MOST_PRODUCTS / (FLOAT_BYTES * info.nExpert ** 2));
  return { sequences, sample: Int32Array.from(evenly(counted, Math.max(1, Math.min(MOST_SAMPLED, most)))) };
}

/**
 * Removes each layer's experts one by one.
 * @param tools.backend a worker of its own: it holds the whole model from then on
 * @returns `[layers * nExpert]` for each expert, how many of its layer were removed before it
 * @throws WinnowError ARCH_REFUSED: the model's experts are not computed one by one, or its router chooses in an unknown way;
 *   OUT_OF_MEMORY; from loading; CANCELLED
 */
export async function eliminateExperts(
  model: InspectedModel,
  { sequences, sample }: EliminationSample,
  grouping: Grouping,
  tools: RepairTools,
): Promise<Float64Array> {
  const { backend, task } = tools;
  const { info } = model;
  const placed = await placeDemos(model, sequences, tools, memoryOf(info, sample.length));
  await loadPlaced(model, placed, tools);
  await backend.call('setMask', { mask: null, ungrouped: isUngrouped(info, grouping) });
  const found = await backend.call(
    'eliminateExperts',
    { sequences: [...sequences], ...placed.context, nBlocks: info.moeLayers.length, sample },
    {
      signal: task.signal,
      onProgress: (done, total) => task.progress(Math.round((1000 * done) / total), 1000, 'permille'),
    },
  );
  const places = new Float64Array(info.moeLayers.length * info.nExpert);
  for (const { block, order } of found) {
    const first = info.moeLayers.indexOf(block) * info.nExpert;
    order.forEach((expert, gone) => (places[first + expert] = gone));
  }
  return places;
}

/** Bytes in addition to the model and its pass: one layer's products, twice while they are being ordered, and the router's logits. */
function memoryOf({ nExpert }: Pick<ModelInfo, 'nExpert'>, sampled: number): number {
  return sampled * (2 * FLOAT_BYTES * nExpert ** 2 + DOUBLE_BYTES * nExpert);
}

type EliminationCost = {
  readonly bytes: number;
  readonly seconds: { readonly low: number; readonly likely: number; readonly high: number };
};

/**
 * Estimates the memory and time of an elimination.
 * @param modelRow the model's row in the store; null: it was never scored
 * @throws WinnowError as `placeDemos` and `knownRates`
 */
export async function costOfElimination(
  model: InspectedModel,
  { sequences, sample }: EliminationSample,
  modelRow: number | null,
  {
    backend,
    placement,
    context: { store, host },
    task: { signal },
  }: { readonly backend: Backend; readonly placement: Placement; readonly context: EngineContext; readonly task: Task },
): Promise<EliminationCost> {
  const { threads } = placement;
  const { info } = model;
  const { nExpert, nExpertUsed } = info;
  const bytes = memoryOf(info, sample.length);
  const { reading: plan } = await placeDemos(model, sequences, { backend, placement }, bytes);
  const known = await knownRates({ store, host, plan, threads, path: info.path, modelRow, signal });
  const shape = modelShape(model);
  const ofExperts = shape.layers.reduce((sum, { experts }) => sum + experts.parameters, 0);
  const ofOthers = shape.layers.reduce((sum, { others }) => sum + others.parameters, 0);
  const passing = sequences.reduce((sum, { length }) => sum + length, 0);
  // the products of all outputs, relative to the matrices that make them
  const products = 1 + nExpert / Math.max(1, 3 * shape.nFfExp);
  const all = (ofExperts * products) / ((ofExperts * nExpertUsed) / nExpert + ofOthers);
  const { seconds } = estimateOf(plan, known, { rounds: 1 + (sample.length / passing) * all });
  const choosing = choicesOf(nExpert, nExpertUsed) * sample.length * info.moeLayers.length * nExpert;
  const more = choosing / (CHOICES_A_SECOND * threads);
  return {
    bytes,
    seconds: { low: seconds.low + more / 2, likely: seconds.likely + more, high: seconds.high + 3 * more },
  };
}

/** Choices per token and layer: whenever an expert is removed that a token's choice depends on, each of its experts is left out in turn. */
function choicesOf(nExpert: number, nExpertUsed: number): number {
  return (nExpertUsed + 1) * (1 + (nExpertUsed + 1) * Math.log(nExpert / nExpertUsed));
}
