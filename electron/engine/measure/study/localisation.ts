// Few-shot localisation: how much of what all demos keep a few of them find, and how far domains keep the same experts.
import type { Criterion } from '../../../contract/criteria.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import { comparedChoice, shapeOf } from '../../experts/runs/stored-run.ts';
import { convergence } from '../../experts/selection/convergence.ts';
import type { DemoSums } from '../../experts/selection/ordered-demos.ts';
import { commonShare, keptOverlap } from '../../experts/selection/overlap.ts';
import { mean } from '../../base/statistics/averages.ts';
import type { StudyChoice, Method } from './methods.ts';

/** As the paper and its figures count. */
const DEMO_COUNTS = [1, 2, 5, 10, 25];

type Localisation = {
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

/** What a study says of its choices before anything is measured. */
export type Localised = {
  /** Of the leading criterion, for each domain and count. */
  readonly localisation: readonly Localisation[];
  /** Between the domains, for each count; none for a single domain. */
  readonly overlap: readonly DomainOverlap[];
  /** Between the ways to choose, for each count. */
  readonly methodOverlap: readonly MethodOverlap[];
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

type DomainOverlap = {
  readonly keep: number;
  readonly domains: readonly string[];
  /** Jaccard index of the kept sets, mean over the layers: `[domain][domain]`, 0 to 1. */
  readonly overlap: readonly (readonly number[])[];
  /** Experts in common over those kept, |A ∩ B| / K, mean over the layers: `[domain][domain]`. */
  readonly common: readonly (readonly number[])[];
  /** The same in each MoE layer, mean over the pairs of domains. */
  readonly commonByLayer: readonly number[];
};

/** How far ways to choose keep the same experts, at one count. */
type MethodOverlap = {
  readonly keep: number;
  readonly methods: readonly Method[];
  /** Experts in common over those kept, mean over the layers and the domains: `[method][method]`. */
  readonly common: readonly (readonly number[])[];
};

/**
 * Takes the first of several random choices.
 * @param choices of one count, by all methods
 */
export function methodOverlapOf(choices: readonly StudyChoice[]): MethodOverlap {
  const methods = [...new Set(choices.map(({ method }) => method))];
  const domains = [...new Set(choices.flatMap(({ domain }) => (domain === null ? [] : [domain])))];
  const find = (method: Method, domain: string): StudyChoice | undefined =>
    choices.find((choice) => choice.method === method && (choice.domain ?? domain) === domain);
  const common = (a: Method, b: Method): number =>
    mean(
      domains.flatMap((domain) => {
        const [left, right] = [find(a, domain), find(b, domain)];
        return left && right ? [commonShare(left.kept, right.kept)] : [];
      }),
    );
  return { keep: choices[0]?.keep ?? 0, methods, common: methods.map((a) => methods.map((b) => common(a, b))) };
}

/** @param choices of one method and count, one for each domain */
export function overlapOf(choices: readonly StudyChoice[]): DomainOverlap {
  const pairs = choices.flatMap((a, i) => choices.slice(0, i).map((b) => [a, b] as const));
  return {
    keep: choices[0]?.keep ?? 0,
    domains: choices.map(({ domain }) => domain ?? ''),
    overlap: choices.map((a) => choices.map((b) => keptOverlap(a.kept, b.kept).mean)),
    common: choices.map((a) => choices.map((b) => commonShare(a.kept, b.kept))),
    commonByLayer: (choices[0]?.kept ?? []).map((_, layer) =>
      mean(pairs.map(([a, b]) => commonShare([a.kept[layer]!], [b.kept[layer]!]))),
    ),
  };
}
