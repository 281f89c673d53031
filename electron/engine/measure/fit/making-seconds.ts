// How long it takes to make one file of a model.
import type { QuantType, TensorType } from '../../../contract/quantise.ts';
import type { ModelShape } from '../../models/placement/model-shape.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { quantiseSeconds } from '../../write/quantising/quantise-rate.ts';
import type { Candidate } from './candidates.ts';

/** Seconds that each file takes whatever its size: workers start, headers are written, the file is read back. */
const MAKING_STARTS = 0.5;
/** Bytes copied a second. */
const COPIED_A_SECOND = 1e9;

/** @returns seconds that making one file takes */
export function secondsOfMaking(
  { keep, type, mix, bytes }: Pick<Candidate<QuantType>, 'keep' | 'type' | 'mix' | 'bytes'>,
  shape: ModelShape,
  { store }: Pick<EngineContext, 'store'>,
): number {
  const weights = weightsOf(shape, keep);
  if (type === null) return MAKING_STARTS + bytes / COPIED_A_SECOND;
  if (mix === null) return MAKING_STARTS + quantiseSeconds(store, type, weights.experts + weights.others);
  // gate and up are two thirds of an expert
  const ofExperts = [mix.gateUp, mix.gateUp, mix.down].map((as) => secondsAs(as, weights.experts / 3, store));
  return [...ofExperts, secondsAs(mix.attention, weights.others, store)].reduce((sum, s) => sum + s, MAKING_STARTS);
}

/** @param type undefined: one that is quick to write */
function secondsAs(type: TensorType | undefined, weights: number, store: EngineContext['store']): number {
  return quantiseSeconds(store, (type ?? 'q8_0').toUpperCase(), weights);
}

/** Weights in the matrices of a file that keeps so many experts a layer. */
function weightsOf(
  { layers, nExpert, tokenEmbedding, outputHead }: ModelShape,
  keep: number,
): { readonly experts: number; readonly others: number } {
  const head = outputHead.bytes > 0 ? outputHead.parameters : 0;
  return {
    experts: layers.reduce((sum, { experts }) => sum + (experts.parameters * keep) / nExpert, 0),
    others: layers.reduce((sum, { others }) => sum + others.parameters, tokenEmbedding.parameters + head),
  };
}
