// When a pruned model counts as severely damaged: one rule for the Prove screen and the report.

/** Of the full model's perplexity: 0.5 is half as much again. */
const SEVERE_RISE = 0.5;
/** Share of tokens with the full model's likeliest successor. */
const SEVERE_AGREEMENT = 0.6;

/**
 * @param rise of the perplexity, 0.1 is a tenth more than the full model's
 * @param agreement null: not measured
 */
export function isSevere({ rise, agreement }: { readonly rise: number; readonly agreement: number | null }): boolean {
  return rise >= SEVERE_RISE || (agreement !== null && agreement < SEVERE_AGREEMENT);
}
