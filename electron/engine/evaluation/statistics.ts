// Figures from the per-token values of an evaluation. Standard errors take tokens as independent; neighbours are not, so
// they are lower bounds.

export type EvaluationFigures = {
  readonly perplexity: number;
  /** Mean negative log likelihood in nats, and its standard error over tokens. */
  readonly nll: number;
  readonly nllStderr: number;
  /** Scored tokens. */
  readonly tokens: number;
};

export type ComparisonFigures = {
  /** KL(full || this) in nats, and its standard error over tokens. */
  readonly klMean: number;
  readonly klMeanStderr: number;
  readonly klP99: number;
  /** Share of tokens whose likeliest successor is the same, and its standard error. */
  readonly top1Agreement: number;
  readonly top1Stderr: number;
};

/** @param nll nats for each scored token */
export function evaluationFigures(nll: Float32Array): EvaluationFigures {
  const mean = meanOf(nll);
  return { perplexity: Math.exp(mean), nll: mean, nllStderr: meanError(nll, mean), tokens: nll.length };
}

/** @param kl nats for each scored token; sameTop: 1 where both models agree */
export function comparisonFigures(kl: Float32Array, sameTop: Uint8Array): ComparisonFigures {
  const sorted = Float32Array.from(kl).sort();
  const p99 = sorted[Math.min(sorted.length - 1, Math.floor(0.99 * sorted.length))] ?? 0;
  const klMean = meanOf(kl);
  const top1Agreement = meanOf(sameTop);
  return {
    klMean,
    klMeanStderr: meanError(kl, klMean),
    klP99: p99,
    top1Agreement,
    top1Stderr: shareError(top1Agreement, sameTop.length),
  };
}

/** Standard error of a perplexity, to first order: exp(x + d) = exp(x)·(1 + d). */
export function perplexityError({ perplexity, nllStderr }: EvaluationFigures): number {
  return perplexity * nllStderr;
}

/** Standard error of a mean: the sample's standard deviation over √n; 0 for a single value. */
function meanError(values: Float32Array, mean: number): number {
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / Math.max(values.length - 1, 1);
  return Math.sqrt(variance / values.length);
}

/** Standard error of a share of `n` yes-or-no values (binomial): √(p·(1 − p) / n). */
function shareError(share: number, n: number): number {
  return Math.sqrt((share * (1 - share)) / n);
}

function meanOf(values: Float32Array | Uint8Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
