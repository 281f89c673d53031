// How much of the texts a search reads with each file.

/** Maximum chunks of each text of the domain per stage: the first ones, so that each stage includes the stages before it. */
export const STAGE_CHUNKS: readonly number[] = [32, 128, 512];
export const LAST_STAGE = STAGE_CHUNKS.length - 1;
/** Approximate number of measurements of close files at further stages. */
export const COMPARED = 3;
/** Chunks of each text of another domain: such texts show what is lost, but decide little. */
export const OUTSIDE_CHUNKS = 16;
/** Chunks of each text of the domain for measuring a class of tensors in a type, or a count of experts, alone. */
export const LOSS_CHUNKS = 10;
