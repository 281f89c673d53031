// How many tokens run through the model at once.

export type Batch = {
  /** Tokens of one pass over the weights. */
  readonly nUbatch: number;
  /** Tokens of a ubatch that pass a layer's experts at once; 0: all. */
  readonly nSlice: number;
  /** What keys and values are stored as. */
  readonly kvType: 'f16' | 'q8_0';
};

/** Ubatch of whoever does not say, where memory is no concern. */
export const USUAL_UBATCH = 2048;

/** Tokens that pass the experts of a layer at once. */
export function sliceTokens({ nSlice, nUbatch }: Pick<Batch, 'nSlice' | 'nUbatch'>): number {
  return nSlice === 0 ? nUbatch : Math.min(nSlice, nUbatch);
}

/** Parts that the routed experts of ubatches of so many tokens are computed in, one after the other. */
export function slicesOf(ubatches: readonly number[], batch: Batch): number {
  return ubatches.reduce((sum, tokens) => sum + Math.ceil(tokens / sliceTokens(batch)), 0);
}
