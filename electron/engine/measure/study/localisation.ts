// Few-shot localisation: measures how many of the experts kept by all demos a few demos find, and how far domains keep the same experts.
import type { Criterion } from '../../../contract/criteria.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import { comparedChoice, shapeOf } from '../../experts/runs/stored-run.ts';
import { convergence } from '../../experts/selection/convergence.ts';
import type { DemoSums } from '../../experts/selection/ordered-demos.ts';
import { commonShare, keptOverlap } from '../../experts/selection/overlap.ts';
import { mean } from '../../base/statistics/averages.ts';
import type { StudyChoice, Method } from './methods.ts';

/** The numbers of demos in the paper and its figures. */
const DEMO_COUNTS = [1, 2, 5, 10, 25];

type Localisation = {
  readonly domain: string;
  readonly keep: number;
  /** Number of demos in the full set. */
  readonly demos: number;
  /**
   * Share of the experts kept with the full set that a number of demos find: the mean over random orders and layers, and the
   * smallest and largest share of any order.
   */
  readonly found: readonly {
    readonly demos: number;
    readonly mean: number;
    readonly low: number;
    readonly high: number;
  }[];
};

/** What a study says about its choices without measuring. */
export type Localised = {
  /** Localisation by the leading criterion, for each domain and count. */
  readonly localisation: readonly Localisation[];
  /** Overlap between domains, for each count; empty for a single domain. */
  readonly overlap: readonly DomainOverlap[];
  /** Overlap between methods, for each count. */
  readonly methodOverlap: readonly MethodOverlap[];
};

/** Localisation for one domain and count. @throws WinnowError SELECTION_IMPOSSIBLE; the signal's reason */
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
  /** Jaccard index of the kept sets, averaged over the layers: `[domain][domain]`, 0 to 1. */
  readonly overlap: readonly (readonly number[])[];
  /** Share of the kept experts in common, |A ∩ B| / K, averaged over the layers: `[domain][domain]`. */
  readonly common: readonly (readonly number[])[];
  /** The same share in each MoE layer, averaged over the pairs of domains. */
  readonly commonByLayer: readonly number[];
};

/** How far methods keep the same experts, at one count. */
type MethodOverlap = {
  readonly keep: number;
  readonly methods: readonly Method[];
  /** Share of the kept experts in common, averaged over the layers and domains: `[method][method]`. */
  readonly common: readonly (readonly number[])[];
};

/**
 * The overlap of methods. Of several random choices, it takes the first.
 * @param choices choices of one count, by all methods
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

/** The overlap of domains. @param choices choices by one method and count, one for each domain */
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
