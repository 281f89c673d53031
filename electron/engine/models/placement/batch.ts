// How many tokens run through the model at once.

export type Batch = {
  /** Tokens of one pass over the weights. */
  readonly nUbatch: number;
  /** Tokens of a ubatch that pass a layer's experts at once; 0: all. */
  readonly nSlice: number;
  /** The type of stored keys and values. */
  readonly kvType: 'f16' | 'q8_0';
};

/** The ubatch if none is given and memory is no concern. */
export const USUAL_UBATCH = 2048;

/** Tokens that pass the experts of a layer at once. */
export function sliceTokens({ nSlice, nUbatch }: Pick<Batch, 'nSlice' | 'nUbatch'>): number {
  return nSlice === 0 ? nUbatch : Math.min(nSlice, nUbatch);
}

/** How many parts the routed experts of ubatches of these sizes are computed in, one after the other. */
export function slicesOf(ubatches: readonly number[], batch: Batch): number {
  return ubatches.reduce((sum, tokens) => sum + Math.ceil(tokens / sliceTokens(batch)), 0);
}
