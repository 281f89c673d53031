// Host memory that an observing pass holds besides the model: it grows with the experts, not with the tokens.

type ObservedShape = {
  readonly nLayers: number;
  readonly nExpert: number;
  readonly nExpertUsed: number;
  readonly nEmbd: number;
  readonly nVocab: number;
};

const DOUBLE_BYTES = 8;
const FLOAT_BYTES = 4;

/**
 * Bytes for all layers together: pairs of experts, a bit for each token of the vocabulary, and for outputs a sum and a sum of squares
 * for each dimension; for outliers, also the two bounds. What the experts of a layer write is copied before it is added up.
 * @param tokensAtOnce tokens that pass the experts of a layer at once
 */
export function observingBytes(
  { nLayers, nExpert, nExpertUsed, nEmbd, nVocab }: ObservedShape,
  { outputs, outliers, logits }: { readonly outputs: boolean; readonly outliers: boolean; readonly logits: boolean },
  tokensAtOnce: number,
): number {
  const pairs = nExpert * DOUBLE_BYTES * (1 + (outputs ? 1 : 0) + (logits ? 1 : 0));
  const vocabulary = Math.ceil(nVocab / 64) * 8;
  const values = nEmbd * ((outputs ? 2 * DOUBLE_BYTES : 0) + (outliers ? 2 * FLOAT_BYTES : 0));
  const copied = outputs ? tokensAtOnce * nExpertUsed * nEmbd * FLOAT_BYTES : 0;
  return nLayers * nExpert * (pairs + vocabulary + values) + copied;
}
