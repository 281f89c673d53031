// Groups demos into packs: sequences that run through the model together and share a checkpoint.

/** llama.cpp allows 256 sequences, but with very short ones, more than a ubatch gains nothing. */
const MAX_SEQUENCES = 64;

type Pack = {
  /** Indices of the demos, consecutive. */
  readonly demos: readonly number[];
  readonly tokens: number;
};

/**
 * Fills packs in demo order, each up to one ubatch; a longer demo is a pack of its own. The packs depend only on the
 * arguments: a resumed run computes the same packs, and therefore exactly the same results.
 * @param lengths tokens of each demo
 * @param alone whether every demo is a pack of its own (models with recurrent state)
 */
export function planPacks(lengths: readonly number[], nUbatch: number, alone: boolean): Pack[] {
  const packs: { demos: number[]; tokens: number }[] = [];
  lengths.forEach((tokens, demo) => {
    const pack = packs.at(-1);
    if (pack && !alone && pack.tokens + tokens <= nUbatch && pack.demos.length < MAX_SEQUENCES) {
      pack.demos.push(demo);
      pack.tokens += tokens;
    } else {
      packs.push({ demos: [demo], tokens });
    }
  });
  return packs;
}

/** Tokens of each pass through the model: a demo longer than a ubatch takes several passes. */
export function ubatchSizes(lengths: readonly number[], nUbatch: number, alone: boolean): number[] {
  return planPacks(lengths, nUbatch, alone).flatMap(({ tokens }) =>
    Array.from({ length: Math.ceil(tokens / nUbatch) }, (_, i) => Math.min(nUbatch, tokens - i * nUbatch)),
  );
}

/** Tokens of the largest pack; 1 if there is none. */
export function largestPack(packs: readonly { readonly tokens: number }[]): number {
  return packs.reduce((most, { tokens }) => Math.max(most, tokens), 1);
}

/** Tokens of the longest demo; 1 if there is none. @param lengths tokens of each */
export function longestDemo(lengths: readonly number[]): number {
  return lengths.reduce((most, tokens) => Math.max(most, tokens), 1);
}
