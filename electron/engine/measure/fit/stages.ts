// How much of the texts a search reads of each file.

/** Chunks of each text of the domain that a stage reads at most: the first ones, so that a stage holds those before it. */
export const STAGE_CHUNKS: readonly number[] = [32, 128, 512];
export const LAST_STAGE = STAGE_CHUNKS.length - 1;
/** Of each text of another domain: they show what is lost, they decide little. */
export const OUTSIDE_CHUNKS = 16;
