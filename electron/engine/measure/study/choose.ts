// Makes every choice that a study compares, from the same stored scores.
import {
  FAST_CRITERIA,
  type ComparedCriterion,
  type ExpertSums,
  type FastCriterion,
  type MatrixShape,
  type ScoreMatrix,
} from '../../../contract/criteria.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import type { CompareRequest, SuperExperts } from '../../../contract/requests.ts';
import type { TokenChoice } from '../../../contract/token-classes.ts';
import { shapeOf } from '../../experts/runs/stored-run.ts';
import { chooseExperts } from '../../experts/selection/choose-experts.ts';
import { scoreMatrix, type Ablation } from '../../experts/selection/criteria.ts';
import type { Dictionary } from '../slow-criteria/dictionary.ts';
import type { ExpertWeights, Observation } from '../slow-criteria/evidence.ts';
import { comparedScores } from '../slow-criteria/compared-scores.ts';
import { largestNorms } from '../../experts/selection/super-experts.ts';
import { knowsNoDomain, type StudyChoice, type Method } from './methods.ts';
import type { DomainScores } from '../../experts/selection/scored-under.ts';

const ABLATIONS: readonly Ablation[] = ['gateNorm', 'gateTurn'];

/** The scores of the last of several rounds. */
type RoundScores = {
  readonly rounds: number;
  /** Experts per layer that the rounds lead to. */
  readonly keep: number;
  readonly sums: ExpertSums;
  readonly scoredUnder: KeptExperts | null;
};

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
  readonly rounds: readonly RoundScores[];
  /** Largest norm of each expert's outputs; null: not known. */
  readonly maxNorm: Float32Array | null;
  /** null: no criterion needs it. */
  readonly observed: { readonly observation: Observation; readonly dictionary: Dictionary | null } | null;
  /** The result of `eliminateExperts`; null: no criterion needs it. */
  readonly eliminated: Float64Array | null;
};

type ChoicePlan = Pick<
  CompareRequest,
  'criteria' | 'ablations' | 'seeds' | 'mix' | 'grouping' | 'superExperts' | 'ownRemoved' | 'merged'
> & {
  /** Counts of experts kept per layer. */
  readonly counts: readonly number[];
  /** null: no criterion needs them. */
  readonly weights: ExpertWeights | null;
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
  const [usual = 'pin'] = plan.superExperts ?? [];
  const ofAll = largestNorms(domains.map(({ maxNorm }) => maxNorm));
  const normOf = (domain: string | null): Float32Array | null =>
    domain === null ? ofAll : (domains.find((one) => one.domain === domain)?.maxNorm ?? null);
  for (const keep of plan.counts) {
    for (const draft of draftsFor(domains, info, plan, keep)) {
      const { method, seed, domain, scores, mix, superExperts = usual } = draft;
      const { kept } = await chooseExperts(
        scores.map((one) => ({ ...one, maxNorm: normOf(domain) })),
        info,
        { keep, mix, pins: [], drops: [], grouping: plan.grouping, superExperts },
        signal,
      );
      choices.push({ method, seed, domain, keep, kept });
    }
  }
  return choices;
}

/** What a choice is made from. */
type Draft = Pick<StudyChoice, 'method' | 'seed' | 'domain'> & {
  /** The scores of one domain, or of all domains for a mixed choice. */
  readonly scores: readonly DomainScores[];
  readonly mix: 'shares' | 'max-min';
  /** How super experts are treated. Default: as in the other choices. */
  readonly superExperts?: SuperExperts;
};

function draftsFor(domains: readonly ScoredDomain[], info: ModelInfo, plan: ChoicePlan, keep: number): Draft[] {
  const leading = leadingOf(plan.criteria);
  const shape = shapeOf(info);
  return [
    ...plan.criteria.flatMap((by) => draftsBy(by, domains, plan, { ...shape, keep })),
    ...(plan.ablations ? ABLATIONS : []).flatMap((by) =>
      domains.map((domain) => draft(by, scoresBy(by, domain, shape))),
    ),
    ...domains.flatMap(({ domain, others }) =>
      others.map(({ tokens, sums }) =>
        draft(`tokens-${tokens}`, { ...scoresBy(leading, { domain, sums }, shape), tokens }),
      ),
    ),
    ...domains.flatMap(({ domain, fewer }) =>
      fewer.map(({ demos, seed, matrix }) => ({
        ...draft(`demos-${demos}`, { domain, matrix, scoredUnder: null }),
        seed,
      })),
    ),
    ...(plan.superExperts ?? []).slice(1).flatMap((superExperts) =>
      domains.map((domain) => ({
        ...draft(`super-experts-${superExperts}`, scoresBy(leading, domain, shape)),
        superExperts,
      })),
    ),
    ...(plan.merged ? domains.map((domain) => draft('merged', scoresBy(leading, domain, shape))) : []),
    ...(plan.ownRemoved ? domains.map((domain) => ownRemovedDraft(leading, domain, shape)) : []),
    ...roundDrafts(leading, domains, keep, shape),
    ...(plan.mix && domains.length > 1 ? mixedDrafts(leading, domains, shape) : []),
  ];
}

/** The leading criterion, for which rounds, mixtures and other tokens are compared. */
export function leadingOf(criteria: readonly ComparedCriterion[]): FastCriterion {
  return FAST_CRITERIA.find((criterion) => criterion === criteria[0]) ?? 'easy-ep';
}

function draft(method: Method, scores: DomainScores): Draft {
  return { method, seed: null, domain: scores.domain, scores: [scores], mix: 'shares' };
}

function scoresBy(
  by: FastCriterion | Ablation,
  { domain, sums }: Pick<ScoredDomain, 'domain' | 'sums'>,
  shape: MatrixShape,
): DomainScores {
  return { domain, matrix: scoreMatrix(by, sums, shape), scoredUnder: null };
}

/** Keeps the lowest scores and drops the highest, super experts included, to show what a domain's own experts contribute. */
function ownRemovedDraft(by: FastCriterion, domain: ScoredDomain, shape: MatrixShape): Draft {
  const { matrix, ...scores } = scoresBy(by, domain, shape);
  const highest = matrix.scores.reduce((most, score) => Math.max(most, score), 0);
  const reversed = { ...matrix, scores: matrix.scores.map((score) => highest - score) };
  return { ...draft('own-removed', { ...scores, matrix: reversed }), superExperts: 'rank' };
}

/** The drafts of a criterion. One that knows no domain gives the same scores for all domains, so it makes one draft. */
function draftsBy(
  by: ComparedCriterion,
  domains: readonly ScoredDomain[],
  { seeds, weights }: Pick<ChoicePlan, 'seeds' | 'weights'>,
  { keep, ...shape }: MatrixShape & { readonly keep: number },
): Draft[] {
  const scored = ({ domain, sums, observed, eliminated }: ScoredDomain, seed: number): DomainScores => {
    const observation = observed?.observation ?? null;
    const evidence = { ...shape, sums, weights, observation, dictionary: observed?.dictionary ?? null, eliminated };
    return { domain, matrix: comparedScores(by, evidence, { keep, seed }), scoredUnder: null };
  };
  const [first] = domains;
  if (!first || !knowsNoDomain(by)) return domains.map((domain) => draft(by, scored(domain, 0)));
  const drawn = Array.from({ length: by === 'random' ? seeds : 1 }, (_, index) => index + 1);
  return drawn.map((seed) => ({
    ...draft(by, scored(first, seed)),
    seed: by === 'random' ? seed : null,
    domain: null,
  }));
}

function roundDrafts(by: FastCriterion, domains: readonly ScoredDomain[], keep: number, shape: MatrixShape): Draft[] {
  const drafts = domains.flatMap(({ domain, rounds }) =>
    rounds
      .filter((last) => last.keep === keep)
      .map(({ rounds: n, sums, scoredUnder }) =>
        draft(`rounds-${n}`, { ...scoresBy(by, { domain, sums }, shape), scoredUnder }),
      ),
  );
  return drafts.toSorted((a, b) => a.method.localeCompare(b.method));
}

function mixedDrafts(by: FastCriterion, domains: readonly ScoredDomain[], shape: MatrixShape): Draft[] {
  const scores = domains.map((domain) => scoresBy(by, domain, shape));
  return (['shares', 'max-min'] as const).map((mix) => ({
    method: `mixed-${mix}`,
    seed: null,
    domain: null,
    scores,
    mix,
  }));
}
