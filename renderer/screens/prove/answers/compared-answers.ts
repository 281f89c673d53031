// What the full model and its variants wrote, inside and outside the domain.
import type {
  Generation,
  GenerationSampling,
  GenerationSensitivity,
} from '../../../../electron/contract/api/generations.ts';
import { GENERATION_CHECKS, type GenerationCheck } from '../../../../electron/contract/generation-checks.ts';
import type { Bounded } from '../../../../electron/contract/interval.ts';
import type { SideName } from '../proof/sides.ts';
import { isFullModel, variantKey } from '../proof/variants.ts';
import { domainKey, samplingKey } from './checked-sets.ts';
import { pooled, pooledDifference, pooledRate, type Difference, type Rate } from './pooled.ts';

type ByCheck<T> = Readonly<Record<GenerationCheck, T | null>>;

type AnswerFigures = {
  readonly rates: ByCheck<Rate>;
  /** Median length; for several demo sets, the mean of their medians. */
  readonly medianTokens: number;
};

/** The difference from the full model, over the same prompts. */
type AnswerDamage = {
  readonly differences: ByCheck<Difference>;
  /** Ratio of the length to the full model's; for several demo sets, the mean of their medians. */
  readonly lengthRatio: Bounded;
  /** Completions that match the full model's token for token. */
  readonly identical: Rate | null;
};

type VariantAnswers = {
  /** In the order of the demo sets. */
  readonly rows: readonly Generation[];
  /** null: some of the side's demo sets were not checked, so it cannot be compared yet. */
  readonly figures: AnswerFigures | null;
  readonly damage: AnswerDamage | null;
};

export type AnswerSide = {
  /** The full model's rows, one per demo set. */
  readonly full: readonly Generation[];
  readonly prompts: number;
  readonly figures: AnswerFigures | null;
  readonly variants: ReadonlyMap<string, VariantAnswers>;
  /** Sensitivity for the demo set with the most prompts. */
  readonly sensitivity: GenerationSensitivity | null;
};

export type ComparedAnswers = {
  readonly sampling: GenerationSampling;
  readonly sides: Readonly<Record<SideName, AnswerSide>>;
};

/**
 * Compares the answers.
 * @param rows comparable rows, the newest first: of two with the same subject, the newer counts
 * @param domains that the selection is for
 */
export function compareAnswers(
  rows: readonly Generation[],
  sampling: GenerationSampling,
  variantKeys: readonly string[],
  domains: readonly string[],
): ComparedAnswers {
  const sampled = rows.filter((row) => samplingKey(row.sampling) === samplingKey(sampling));
  const inDomain = sampled.filter(({ domain }) => domains.includes(domain));
  const outOfDomain = sampled.filter(({ domain }) => !domains.includes(domain));
  return {
    sampling,
    sides: { inDomain: sideOf(inDomain, variantKeys), outOfDomain: sideOf(outOfDomain, variantKeys) },
  };
}

function sideOf(rows: readonly Generation[], variantKeys: readonly string[]): AnswerSide {
  const variantsOf = newestOfEach(
    rows.filter((row) => !isFullModel(row)),
    (row) => `${variantKey(row)} ${domainKey(row)}`,
  );
  const references = newestOfEach(rows.filter(isFullModel), domainKey);
  const full = references
    .map((newest) => answeredBeside(newest, rows, variantsOf))
    .toSorted((a, b) => a.domain.localeCompare(b.domain));
  const variants = variantKeys.map((key): [string, VariantAnswers] => {
    const own = variantsOf.filter((row) => variantKey(row) === key);
    const ordered = full.flatMap(({ id }) => own.find(({ referenceId }) => referenceId === id) ?? []);
    const isComplete = ordered.length > 0 && ordered.length === full.length;
    return [
      key,
      {
        rows: ordered,
        figures: isComplete ? figuresOf(ordered) : null,
        damage: isComplete ? damageOf(ordered) : null,
      },
    ];
  });
  const known = [...variants.values()].flatMap(([, { rows: of }]) =>
    of.flatMap(({ againstFull }) => againstFull?.sensitivity ?? []),
  );
  return {
    full,
    prompts: full.reduce((sum, { prompts }) => sum + prompts, 0),
    figures: full.length === 0 ? null : figuresOf(full),
    variants: new Map(variants),
    sensitivity: known.toSorted((a, b) => b.prompts - a.prompts)[0] ?? null,
  };
}

/**
 * Returns the full model's row over the prompts that the newest variant answered, too: the same number of prompts need
 * not mean the same prompts.
 */
function answeredBeside(newest: Generation, rows: readonly Generation[], variants: readonly Generation[]): Generation {
  const beside = variants.find((row) => domainKey(row) === domainKey(newest) && row.referenceId !== null);
  return rows.find(({ id }) => id === beside?.referenceId) ?? newest;
}

/** The first row of each key, which is the newest. */
function newestOfEach(rows: readonly Generation[], keyOf: (row: Generation) => string): Generation[] {
  return [...Map.groupBy(rows, keyOf).values()].flatMap(([newest]) => newest ?? []);
}

/** @param rows of one model, one per demo set; at least one */
function figuresOf(rows: readonly Generation[]): AnswerFigures {
  const completions = rows.reduce((sum, row) => sum + row.completions, 0);
  return {
    rates: byCheck((check) => pooledRate(rows.map(({ rates }) => rates[check]))),
    medianTokens: rows.reduce((sum, row) => sum + (row.completions / completions) * row.medianTokens, 0),
  };
}

function damageOf(rows: readonly Generation[]): AnswerDamage | null {
  const parts = rows.flatMap(({ againstFull }) => againstFull ?? []);
  if (parts.length === 0) return null;
  const ratios = parts.map(({ lengthRatio }) => ({ ...lengthRatio, weight: lengthRatio.prompts }));
  return {
    differences: byCheck((check) => pooledDifference(parts.map((part) => part[check]))),
    lengthRatio: pooled(ratios),
    identical: pooledRate(parts.map(({ identical }) => identical)),
  };
}

function byCheck<T>(of: (check: GenerationCheck) => T): Readonly<Record<GenerationCheck, T>> {
  return Object.fromEntries(GENERATION_CHECKS.map((check) => [check, of(check)])) as Record<GenerationCheck, T>;
}
