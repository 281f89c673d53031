// Few-shot localisation: how much of what all demos keep a few of them find, and how far domains keep the same experts.
import type { Criterion } from '../../contract/criteria.ts';
import type { ModelInfo } from '../../contract/model-info.ts';
import { comparedChoice, shapeOf } from '../runs/stored-run.ts';
import { convergence } from '../selection/convergence.ts';
import type { DemoSums } from '../selection/ordered-demos.ts';
import { keptOverlap } from '../selection/overlap.ts';
import type { Choice } from './methods.ts';

/** As the paper and its figures count. */
const DEMO_COUNTS = [1, 2, 5, 10, 25];

export type Localisation = {
  readonly domain: string;
  readonly keep: number;
  /** In the full set. */
  readonly demos: number;
  /**
   * Share of the experts kept with the full set that so many demos find: mean over random orders and over the layers, and
   * the orders in which it is smallest and largest.
   */
  readonly found: readonly {
    readonly demos: number;
    readonly mean: number;
    readonly low: number;
    readonly high: number;
  }[];
};

/** @throws WinnowError SELECTION_IMPOSSIBLE; the signal's reason */
export async function localise(
  { domain, demos }: { readonly domain: string; readonly demos: DemoSums },
  { criterion, keep }: { readonly criterion: Criterion; readonly keep: number },
  info: ModelInfo,
  signal: AbortSignal,
): Promise<Localisation> {
  const points = await convergence(demos, criterion, shapeOf(info), comparedChoice(info, keep, null), signal);
  const found = points.filter((point) => DEMO_COUNTS.includes(point.demos));
  return {
    domain,
    keep,
    demos: demos.count,
    found: found.map((point) => ({ demos: point.demos, mean: point.found, low: point.low, high: point.high })),
  };
}

export type DomainOverlap = {
  readonly keep: number;
  readonly domains: readonly string[];
  /** Jaccard index of the kept sets, mean over the layers: `[domain][domain]`, 0 to 1. */
  readonly overlap: readonly (readonly number[])[];
};

/** @param choices of one method and count, one for each domain */
export function overlapOf(choices: readonly Choice[]): DomainOverlap {
  return {
    keep: choices[0]?.keep ?? 0,
    domains: choices.map(({ domain }) => domain ?? ''),
    overlap: choices.map((a) => choices.map((b) => keptOverlap(a.kept, b.kept).mean)),
  };
}
