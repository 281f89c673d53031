// Every choice that a study compares, from the same stored scores.
import type { Criterion, ExpertSums, MatrixShape } from '../../contract/criteria.ts';
import type { ModelInfo } from '../../contract/model-info.ts';
import type { CompareRequest } from '../../contract/requests.ts';
import type { TokenChoice } from '../../contract/token-classes.ts';
import { shapeOf } from '../runs/stored-run.ts';
import { chooseExperts, type DomainScores } from '../selection/choose-experts.ts';
import { scoreMatrix, type Ablation } from '../selection/criteria.ts';
import type { ScoredUnder } from '../selection/scored-under.ts';
import type { Choice, Method } from './methods.ts';

const ABLATIONS: readonly Ablation[] = ['gateNorm', 'gateTurn'];

/** The last of several rounds. */
export type RoundScores = {
  readonly rounds: number;
  /** Experts a layer that they lead to. */
  readonly keep: number;
  readonly sums: ExpertSums;
  readonly scoredUnder: ScoredUnder;
};

/** The scores of one domain. */
export type ScoredDomain = {
  readonly domain: string;
  /** All its demos added up, over the leading choice of tokens. */
  readonly sums: ExpertSums;
  /** The same over each of the other choices that are compared. */
  readonly others: readonly { readonly tokens: TokenChoice; readonly sums: ExpertSums }[];
  readonly rounds: readonly RoundScores[];
};

export type ChoicePlan = Pick<CompareRequest, 'criteria' | 'ablations' | 'seeds' | 'mix' | 'grouping'> & {
  /** Experts kept a layer. */
  readonly counts: readonly number[];
};

/**
 * @returns by count, then by method
 * @throws WinnowError SELECTION_IMPOSSIBLE; the signal's reason
 */
export async function chooseAll(
  domains: readonly ScoredDomain[],
  info: ModelInfo,
  plan: ChoicePlan,
  signal: AbortSignal,
): Promise<Choice[]> {
  const choices: Choice[] = [];
  for (const keep of plan.counts) {
    for (const draft of draftsFor(domains, info, plan, keep)) {
      const { method, seed, domain, scores, mix } = draft;
      const { kept } = await chooseExperts(
        scores,
        info,
        { keep, mix, pins: [], drops: [], grouping: plan.grouping },
        signal,
      );
      choices.push({ method, seed, domain, keep, kept });
    }
  }
  return choices;
}

/** What a choice is made from. */
type Draft = Pick<Choice, 'method' | 'seed' | 'domain'> & {
  /** One domain's, or those of all to be mixed. */
  readonly scores: readonly DomainScores[];
  readonly mix: 'shares' | 'max-min';
};

function draftsFor(domains: readonly ScoredDomain[], info: ModelInfo, plan: ChoicePlan, keep: number): Draft[] {
  const [leading = 'easy-ep'] = plan.criteria;
  const shape = shapeOf(info);
  const byCriterion = (by: Criterion | Ablation): Draft[] =>
    by === 'random'
      ? randomDrafts(plan.seeds, domains, shape)
      : domains.map((domain) => draft(by, scoresBy(by, domain, shape)));
  return [
    ...[...plan.criteria, ...(plan.ablations ? ABLATIONS : [])].flatMap(byCriterion),
    ...domains.flatMap(({ domain, others }) =>
      others.map(({ tokens, sums }) => draft(`tokens-${tokens}`, scoresBy(leading, { domain, sums }, shape))),
    ),
    ...roundDrafts(leading, domains, keep, shape),
    ...(plan.mix && domains.length > 1 ? mixedDrafts(leading, domains, shape) : []),
  ];
}

function draft(method: Method, scores: DomainScores): Draft {
  return { method, seed: null, domain: scores.domain, scores: [scores], mix: 'shares' };
}

function scoresBy(
  by: Criterion | Ablation,
  { domain, sums }: Pick<ScoredDomain, 'domain' | 'sums'>,
  shape: MatrixShape,
  seed = 0,
): DomainScores {
  return { domain, matrix: scoreMatrix(by, sums, { ...shape, seed }), scoredUnder: null };
}

/** Random scores are the same for all domains. */
function randomDrafts(seeds: number, [first]: readonly ScoredDomain[], shape: MatrixShape): Draft[] {
  if (!first) return [];
  return Array.from({ length: seeds }, (_, index) => {
    const seed = index + 1;
    return { method: 'random', seed, domain: null, scores: [scoresBy('random', first, shape, seed)], mix: 'shares' };
  });
}

function roundDrafts(by: Criterion, domains: readonly ScoredDomain[], keep: number, shape: MatrixShape): Draft[] {
  const drafts = domains.flatMap(({ domain, rounds }) =>
    rounds
      .filter((last) => last.keep === keep)
      .map(({ rounds: n, sums, scoredUnder }) =>
        draft(`rounds-${n}`, { ...scoresBy(by, { domain, sums }, shape), scoredUnder }),
      ),
  );
  return drafts.toSorted((a, b) => a.method.localeCompare(b.method));
}

function mixedDrafts(by: Criterion, domains: readonly ScoredDomain[], shape: MatrixShape): Draft[] {
  const scores = domains.map((domain) => scoresBy(by, domain, shape));
  return (['shares', 'max-min'] as const).map((mix) => ({
    method: `mixed-${mix}`,
    seed: null,
    domain: null,
    scores,
    mix,
  }));
}
