// Groups demos into packs: sequences that run through the model together and are checkpointed together.

/** llama.cpp allows 256 sequences; more than a ubatch of very short ones gains nothing. */
const MAX_SEQUENCES = 64;

type Pack = {
  /** Indices of the demos, consecutive. */
  readonly demos: readonly number[];
  readonly tokens: number;
};

/**
 * Fills packs in demo order, each up to one ubatch; a longer demo is a pack of its own. The packs depend on nothing
 * but the arguments: a run that is resumed computes the same ones, and with them the same bits.
 * @param lengths tokens of each demo
 * @param alone every demo its own pack (models with recurrent state)
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

/** Tokens of each pass over the model: a demo that is longer than a ubatch goes through in several. */
export function ubatchSizes(lengths: readonly number[], nUbatch: number, alone: boolean): number[] {
  return planPacks(lengths, nUbatch, alone).flatMap(({ tokens }) =>
    Array.from({ length: Math.ceil(tokens / nUbatch) }, (_, i) => Math.min(nUbatch, tokens - i * nUbatch)),
  );
}

/** Tokens of the largest pack; 1 where there is none. */
export function largestPack(packs: readonly { readonly tokens: number }[]): number {
  return packs.reduce((most, { tokens }) => Math.max(most, tokens), 1);
}

/** Tokens of the longest demo; 1 where there is none. @param lengths tokens of each */
export function longestDemo(lengths: readonly number[]): number {
  return lengths.reduce((most, tokens) => Math.max(most, tokens), 1);
}
