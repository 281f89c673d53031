// How far a fit can move a router from the model's own: values farther away were not fitted. METHOD.md, "Calibration", derives the bound.

/** Learning rate of the rows; the factors have three times as much (`fit_router` in native/src/router-fit.cpp). */
export const FIT_RATE = 3e-3;
const FACTORS_RATE = 3;
export const FIT_EPOCHS = 10;
/** Tokens per step, and Adam's two decay rates: native/src/router-fit.h and .cpp. */
const BATCH = 256;
const BETA_1 = 0.9;
const BETA_2 = 0.999;

/** The largest change that a fit can make to rows and factors. @param tokens number of tokens in the fit, including those held aside */
export function routerReach(tokens: number): { readonly rows: number; readonly factors: number } {
  const steps = FIT_EPOCHS * Math.ceil(tokens / BATCH);
  // the rate falls from its first value to 0 along half a cosine
  const rows = (longestStep(steps) * FIT_RATE * (steps + 1)) / 2;
  return { rows, factors: FACTORS_RATE * rows };
}

/** Longest step of Adam in units of its rate for any gradients, by Cauchy-Schwarz. It rises with each step, from 1 to 7.27. */
function longestStep(step: number): number {
  const ratio = BETA_1 ** 2 / BETA_2;
  const uncorrected = ((1 - BETA_1) / Math.sqrt(1 - BETA_2)) * Math.sqrt((1 - ratio ** step) / (1 - ratio));
  return (uncorrected * Math.sqrt(1 - BETA_2 ** step)) / (1 - BETA_1 ** step);
}
