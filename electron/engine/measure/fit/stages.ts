// How much of the texts a search reads of each file.

/** Chunks of each text of the domain that a stage reads at most: the first ones, so that a stage holds those before it. */
export const STAGE_CHUNKS: readonly number[] = [32, 128, 512];
export const LAST_STAGE = STAGE_CHUNKS.length - 1;
/** Times that files which are close are measured by a further stage, about. */
export const COMPARED = 3;
/** Chunks of each text of another domain: such texts show what is lost and decide little. */
export const OUTSIDE_CHUNKS = 16;
/** Chunks of each text of the domain on which a class of tensors in a type, or a count of experts, is measured alone. */
export const LOSS_CHUNKS = 10;
