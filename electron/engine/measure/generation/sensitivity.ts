// Computes what a number of prompts can show: looping is rare, so few prompts reveal little of it.
import type { GenerationSensitivity } from '../../../contract/api/generations.ts';
import { ALPHA } from '../../../contract/interval.ts';
import { binomialMass, signTestBound } from '../../base/statistics/binomial.ts';

/** Base share if the full model never looped: the share of healthy models. */
export const USUAL_LOOP_RATE = 0.036;
/** Desired probability of detecting an existing difference. */
const POWER = 0.8;
/** Probability mass that sums may neglect in remote terms. */
const NEGLIGIBLE = 1e-12;
const MOST_PROMPTS = 1 << 20;

/**
 * What a check with this many prompts can detect.
 * @param prompts at least one
 * @param measuredRate share of the full model's completions that loop
 */
export function loopSensitivity(prompts: number, measuredRate: number): GenerationSensitivity {
  // more than half cannot be doubled
  const baseRate = Math.min(0.5, measuredRate > 0 ? measuredRate : USUAL_LOOP_RATE);
  return {
    prompts,
    baseRate,
    powerForDouble: increasePower(prompts, baseRate, 2 * baseRate),
    detectableRate: detectableRate(prompts, baseRate),
    promptsForDouble: promptsFor(baseRate, 2 * baseRate),
  };
}

/**
 * Probability that the exact McNemar test at the 5 % level detects that a share rose from `from` to `to`: its exact
 * unconditional power (Duffy, "Asymptotic and Exact Power for the McNemar Test and its Analogue with R Controls Per Case",
 * Biometrics 40, 1984, 1005–1015),
 *
 *     Σ over d of  P(d of the prompts differ) · P(enough of the d are worse for the sign test to reject)
 *
 * if the outcomes of the two models are independent given their shares, with one completion per prompt. Models that loop on
 * the same prompts need somewhat fewer of them.
 */
export function increasePower(prompts: number, from: number, to: number): number {
  const worse = (1 - from) * to;
  const better = from * (1 - to);
  const differing = worse + better;
  if (differing === 0) return 0;
  let power = 0;
  let left = 1;
  for (let d = 0; d <= prompts && left > NEGLIGIBLE; d++) {
    const chance = binomialMass(d, prompts, Math.min(1, differing));
    left -= chance;
    if (chance < NEGLIGIBLE) continue;
    const bound = signTestBound(d, ALPHA);
    for (let k = 0; k <= bound; k++) power += chance * binomialMass(d - k, d, worse / differing);
  }
  return Math.min(1, power);
}

/** The smallest increased share that is detected with probability `POWER`; null: not even 1 is. */
function detectableRate(prompts: number, from: number): number | null {
  if (increasePower(prompts, from, 1) < POWER) return null;
  let low = from;
  let high = 1;
  while (high - low > 1e-4) {
    const middle = (low + high) / 2;
    if (increasePower(prompts, from, middle) < POWER) low = middle;
    else high = middle;
  }
  return high;
}

/** Prompts with which the rise is detected with probability `POWER`. The exact power rises in small jumps, so a few fewer may be enough. */
function promptsFor(from: number, to: number): number {
  let high = 1;
  while (high < MOST_PROMPTS && increasePower(high, from, to) < POWER) high *= 2;
  let low = Math.floor(high / 2);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (increasePower(middle, from, to) < POWER) low = middle;
    else high = middle;
  }
  return high;
}
