// How far fitting can carry a router from the model's own: what lies farther was not fitted. METHOD.md, "Calibration", derives it.

/** Learning rate of the rows, and three times as much for the factors, as `fit_router` in native/src/router-fit.cpp takes them. */
export const FIT_RATE = 3e-3;
const FACTORS_RATE = 3;
export const FIT_EPOCHS = 10;
/** Tokens of a step, and Adam's two memories: native/src/router-fit.h and .cpp. */
const BATCH = 256;
const BETA_1 = 0.9;
const BETA_2 = 0.999;

/** @param tokens that were fitted to, those held aside included */
export function routerReach(tokens: number): { readonly rows: number; readonly factors: number } {
  const steps = FIT_EPOCHS * Math.ceil(tokens / BATCH);
  // the rates fall from the first to 0 by half a cosine
  const rows = (longestStep(steps) * FIT_RATE * (steps + 1)) / 2;
  return { rows, factors: FACTORS_RATE * rows };
}

/** Longest step of Adam in units of its rate, whatever the gradients, by Cauchy-Schwarz. It rises from step to step, from 1 to 7.27. */
function longestStep(step: number): number {
  const ratio = BETA_1 ** 2 / BETA_2;
  const uncorrected = ((1 - BETA_1) / Math.sqrt(1 - BETA_2)) * Math.sqrt((1 - ratio ** step) / (1 - ratio));
  return (uncorrected * Math.sqrt(1 - BETA_2 ** step)) / (1 - BETA_1 ** step);
}
