// Figures from the per-token values of an evaluation.

export type EvaluationFigures = {
  readonly perplexity: number;
  /** Mean negative log likelihood in nats, and its standard error over tokens. */
  readonly nll: number;
  readonly nllStderr: number;
  /** Scored tokens. */
  readonly tokens: number;
};

export type ComparisonFigures = {
  /** KL(full || this) in nats. */
  readonly klMean: number;
  readonly klP99: number;
  /** Share of tokens whose likeliest successor is the same. */
  readonly top1Agreement: number;
};

/** @param nll nats for each scored token */
export function evaluationFigures(nll: Float32Array): EvaluationFigures {
  const mean = meanOf(nll);
  const variance = nll.reduce((sum, x) => sum + (x - mean) ** 2, 0) / Math.max(nll.length - 1, 1);
  return { perplexity: Math.exp(mean), nll: mean, nllStderr: Math.sqrt(variance / nll.length), tokens: nll.length };
}

/** @param kl nats for each scored token; sameTop: 1 where both models agree */
export function comparisonFigures(kl: Float32Array, sameTop: Uint8Array): ComparisonFigures {
  const sorted = Float32Array.from(kl).sort();
  const p99 = sorted[Math.min(sorted.length - 1, Math.floor(0.99 * sorted.length))] ?? 0;
  return { klMean: meanOf(kl), klP99: p99, top1Agreement: meanOf(sameTop) };
}

function meanOf(values: Float32Array | Uint8Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
