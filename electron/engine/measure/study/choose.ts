// Makes every choice that a study compares, from the same stored scores.
import {
  FAST_CRITERIA,
  type Criterion,
  type ExpertSums,
  type FastCriterion,
  type MatrixShape,
  type ScoreMatrix,
} from '../../../contract/criteria.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import type { CompareRequest } from '../../../contract/requests.ts';
import type { TokenChoice } from '../../../contract/token-classes.ts';
import { shapeOf } from '../../experts/runs/stored-run.ts';
import { chooseExperts } from '../../experts/selection/choose-experts.ts';
import { scoreMatrix } from '../../experts/selection/criteria.ts';
import { knowsNoDomain, type StudyChoice, type Method } from './methods.ts';
import type { DomainScores } from '../../experts/selection/domain-scores.ts';

/** The scores of one domain. */
export type ScoredDomain = {
  readonly domain: string;
  /** Sums over all its demos, for the leading choice of tokens. */
  readonly sums: ExpertSums;
  /** Sums for each of the other compared choices of tokens. */
  readonly others: readonly { readonly tokens: TokenChoice; readonly sums: ExpertSums }[];
  /** Scores of fewer demos, by the leading criterion and choice of tokens. */
  readonly fewer: readonly {
    readonly demos: number;
    /** Seed of the draw, from 1; draws of one seed are nested. */
    readonly seed: number;
    readonly matrix: ScoreMatrix;
  }[];
  /** Largest norm of each expert's outputs; null: not known. */
  readonly maxNorm: Float32Array | null;
};

type ChoicePlan = Pick<CompareRequest, 'criteria' | 'seeds' | 'grouping' | 'superExperts'> & {
  /** Counts of experts kept per layer. */
  readonly counts: readonly number[];
};

/**
 * Makes all choices.
 * @returns choices by count, then by method
 * @throws WinnowError SELECTION_IMPOSSIBLE; the signal's reason
 */
export async function chooseAll(
  domains: readonly ScoredDomain[],
  info: ModelInfo,
  plan: ChoicePlan,
  signal: AbortSignal,
): Promise<StudyChoice[]> {
  const choices: StudyChoice[] = [];
  const { superExperts = 'pin', grouping } = plan;
  for (const keep of plan.counts) {
    for (const { method, seed, domain, scores } of draftsFor(domains, info, plan)) {
      const { kept } = await chooseExperts(
        [{ ...scores, maxNorm: domains.find((one) => one.domain === domain)?.maxNorm ?? null }],
        info,
        { keep, mix: 'shares', pins: [], drops: [], grouping, superExperts },
        signal,
      );
      choices.push({ method, seed, domain, keep, kept });
    }
  }
  return choices;
}

/** What a choice is made from. */
type Draft = Pick<StudyChoice, 'method' | 'seed' | 'domain'> & { readonly scores: DomainScores };

function draftsFor(domains: readonly ScoredDomain[], info: ModelInfo, plan: ChoicePlan): Draft[] {
  const leading = leadingOf(plan.criteria);
  const shape = shapeOf(info);
  return [
    ...plan.criteria.flatMap((by) => draftsBy(by, domains, plan, shape)),
    ...domains.flatMap(({ domain, others }) =>
      others.map(({ tokens, sums }) =>
        draft(`tokens-${tokens}`, { ...scoresBy(leading, { domain, sums }, shape), tokens }),
      ),
    ),
    ...domains.flatMap(({ domain, fewer }) =>
      fewer.map(({ demos, seed, matrix }) => ({
        ...draft(`demos-${demos}`, { domain, matrix }),
        seed,
      })),
    ),
  ];
}

/** The leading criterion, for which other tokens and fewer demos are compared. */
export function leadingOf(criteria: readonly Criterion[]): FastCriterion {
  return FAST_CRITERIA.find((criterion) => criterion === criteria[0]) ?? 'easy-ep';
}

function draft(method: Method, scores: DomainScores): Draft {
  return { method, seed: null, domain: scores.domain, scores };
}

function scoresBy(
  by: Criterion,
  { domain, sums }: Pick<ScoredDomain, 'domain' | 'sums'>,
  shape: MatrixShape,
): DomainScores {
  return { domain, matrix: scoreMatrix(by, sums, shape) };
}

/** The drafts of a criterion. One that knows no domain gives the same scores for all domains, so it makes one draft. */
function draftsBy(
  by: Criterion,
  domains: readonly ScoredDomain[],
  { seeds }: Pick<ChoicePlan, 'seeds'>,
  shape: MatrixShape,
): Draft[] {
  const scored = ({ domain, sums }: ScoredDomain, seed: number): DomainScores => ({
    domain,
    matrix: scoreMatrix(by, sums, { ...shape, seed }),
  });
  const [first] = domains;
  if (!first || !knowsNoDomain(by)) return domains.map((domain) => draft(by, scored(domain, 0)));
  return Array.from({ length: seeds }, (_, index) => ({
    ...draft(by, scored(first, index + 1)),
    seed: index + 1,
    domain: null,
  }));
}
