/** Decimals of a KL divergence in nats. */
export const KL_DIGITS = 3;
