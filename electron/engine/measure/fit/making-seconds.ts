// Estimates how long it takes to make one file of a model.
import type { QuantType, TensorType } from '../../../contract/quantise.ts';
import type { ModelShape } from '../../models/placement/model-shape.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { quantiseSeconds } from '../../write/quantising/quantise-rate.ts';
import type { Candidate } from './candidates.ts';

/** Seconds per file, whatever its size: to start workers, write headers and read the file back. */
const MAKING_STARTS = 0.5;
/** Bytes copied per second. */
const COPIED_A_SECOND = 1e9;

/** Estimates the seconds to make one file. */
export function secondsOfMaking(
  { keep, type, mix, bytes }: Pick<Candidate<QuantType>, 'keep' | 'type' | 'mix' | 'bytes'>,
  shape: ModelShape,
  { store }: Pick<EngineContext, 'store'>,
): number {
  const weights = weightsOf(shape, keep);
  if (type === null) return MAKING_STARTS + bytes / COPIED_A_SECOND;
  if (mix === null) return MAKING_STARTS + quantiseSeconds(store, type, weights.experts + weights.others);
  // gate and up matrices are two thirds of an expert
  const ofExperts = [mix.gateUp, mix.gateUp, mix.down].map((as) => secondsAs(as, weights.experts / 3, store));
  return [...ofExperts, secondsAs(mix.attention, weights.others, store)].reduce((sum, s) => sum + s, MAKING_STARTS);
}

/** Seconds to quantise weights. @param type undefined: a type that is quick to write */
function secondsAs(type: TensorType | undefined, weights: number, store: EngineContext['store']): number {
  return quantiseSeconds(store, (type ?? 'q8_0').toUpperCase(), weights);
}

/** Number of weights in the matrices of a file that keeps `keep` experts per layer. */
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
