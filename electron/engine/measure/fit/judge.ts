// Which of several files is the best in its domain by what was measured of them so far, and what to measure next. Files are
// measured in stages: each stage reads more of the same texts than the one before.
import { EQUAL_BELOW } from '../../../contract/fit.ts';
import type { Interval } from '../../../contract/interval.ts';
import { combineTexts } from '../../../contract/several-texts.ts';
import { pairedDifference, pairedRatio } from '../evaluation/figures.ts';
import type { ComparedSums } from '../evaluation/measure-text.ts';

/** What a file makes of the texts at one stage: one entry for each text, on the same tokens for all files. */
export type StageSums = readonly ComparedSums[];

/** A file's stages in their order, as far as it was measured. */
type MeasuredStages = readonly StageSums[];

export type Judgement = {
  /** The file with the lowest perplexity, at the last stage that all contenders share. */
  readonly leader: number;
  /** The files that are not measurably worse than the leader, which is one of them. */
  readonly contenders: readonly number[];
  /** Each file's perplexity over the leader's at the last stage at which it was compared; null: the leader, or not measured. */
  readonly over: readonly (Interval | null)[];
};

/** What is measured next: a stage of a file. */
type Step = { readonly file: number; readonly stage: number };

/** One file's perplexity over another's on all texts, weighted by tokens; paired on each. */
export function perplexityOver(file: StageSums, other: StageSums): Interval {
  const texts = file.map(({ nll, tokens }, text) => ({
    interval: pairedRatio(nll, other[text]!.nll, tokens),
    tokens: total(tokens),
  }));
  const ratio = combineTexts('ratio', texts);
  if (ratio === null) throw new RangeError('files are compared on a text at least');
  return ratio;
}

function total(counts: Iterable<number>): number {
  return [...counts].reduce((sum, count) => sum + count, 0);
}

/** Nats a token, over all texts. */
export function meanNll(texts: StageSums): number {
  const sum = (of: (text: ComparedSums) => Iterable<number>): number => total(texts.flatMap((text) => [...of(text)]));
  return sum(({ nll }) => nll) / sum(({ tokens }) => tokens);
}

/**
 * Stage by stage: who leads at it, and who is measurably worse there, that is, with all of the paired 95 % interval above 1, is
 * out. A stage that not all contenders have reached says nothing yet.
 * @returns null where no file was measured
 */
export function judge(files: readonly MeasuredStages[]): Judgement | null {
  let contenders = files.flatMap((measured, file) => (measured.length > 0 ? [file] : []));
  let leader: number | null = null;
  const over: (Interval | null)[] = files.map(() => null);
  for (let stage = 0; contenders.length > 0 && contenders.every((file) => files[file]![stage]); stage++) {
    const at = (file: number): StageSums => files[file]![stage]!;
    const first = contenders.reduce((best, file) => (meanNll(at(file)) < meanNll(at(best)) ? file : best));
    for (const file of contenders) over[file] = file === first ? null : perplexityOver(at(file), at(first));
    contenders = contenders.filter((file) => !isWorse(over[file] ?? null));
    leader = first;
  }
  return leader === null ? null : { leader, contenders, over };
}

/** Whether chance does not explain that a ratio is above 1. */
function isWorse(ratio: Interval | null): boolean {
  return ratio !== null && ratio.low !== null && ratio.low > 1;
}

/** A file that may be the best. */
type MeasuredFile = {
  readonly measured: MeasuredStages;
  /** The file that is like it but for a step in one direction; where that is measurably worse than another, this one is not measured. */
  readonly after: number | null;
};

/**
 * Files that are not measured come first, in their order; then the contenders are measured further, the leader first, since all are
 * compared with it, and then the one whose difference is least known.
 * @param candidates in the order in which they promise to be good
 * @param lastStage that the texts allow
 * @returns null: one file is left, or the texts are used up
 */
export function nextStep(candidates: readonly MeasuredFile[], lastStage: number): Step | null {
  const files = candidates.map(({ measured }) => measured);
  const judgement = judge(files);
  const isOut = (file: number): boolean =>
    files[file]!.length > 0
      ? judgement !== null && !judgement.contenders.includes(file)
      : candidates[file]!.after !== null && isOut(candidates[file]!.after);
  const unmeasured = files.findIndex((measured, file) => measured.length === 0 && !isOut(file));
  if (unmeasured >= 0) return { file: unmeasured, stage: 0 };
  if (judgement === null || judgement.contenders.length < 2) return null;
  const { leader, contenders, over } = judgement;
  const reached = Math.min(...contenders.map((file) => files[file]!.length));
  if (reached > lastStage) return null;
  const behind = contenders.filter((file) => files[file]!.length === reached);
  const width = (file: number): number => {
    const { low, high } = over[file] ?? { low: null, high: null };
    return low === null || high === null ? Infinity : high - low;
  };
  const file = behind.includes(leader) ? leader : behind.reduce((most, one) => (width(one) > width(most) ? one : most));
  return { file, stage: reached };
}

/** A difference of mean KL divergences below this, in nats, is none: perplexities that differ by it are equal. */
const EQUAL_NATS = Math.log(EQUAL_BELOW);

/** A file's mean KL divergence from the source model less another's, in nats, paired on each text; null: not known of both. */
export function divergenceOver(file: StageSums, other: StageSums): Interval | null {
  return combineTexts(
    'klDifference',
    file.map(({ kl, tokens }, text) => {
      const others = other[text]?.kl ?? null;
      return { interval: kl && others && pairedDifference(kl, others, tokens), tokens: total(tokens) };
    }),
  );
}

/** Of the mean KL divergence from the source model, in nats; null: not known. */
function standardError(file: StageSums): number | null {
  const own = combineTexts(
    'klMean',
    file.map(({ kl, tokens }) => ({
      interval: kl && pairedDifference(kl, new Float64Array(kl.length), tokens),
      tokens: total(tokens),
    })),
  );
  return own?.standardError ?? null;
}

/** Mean KL divergence from the source model, over all texts; of a file of which it is not known more than any. */
export function meanDivergence(texts: StageSums): number {
  const sum = (of: (text: ComparedSums) => Iterable<number>): number => total(texts.flatMap((text) => [...of(text)]));
  return texts.every(({ kl }) => kl !== null) ? sum(({ kl }) => kl ?? []) / sum(({ tokens }) => tokens) : Infinity;
}

/**
 * Of the contenders, whose perplexities do not tell them apart, the one that is nearest to the source model: a KL divergence is paired with
 * the source token by token, and chance moves it less than a perplexity. In a tie with it, the one with more experts. Of files that are equal
 * to that one, the one that loses least outside. Not measurably worse is not equal: the whole interval of its perplexity over the other's has
 * to lie below `EQUAL_BELOW`, and that of its divergence less the other's below as many nats and not above 0.
 * @param experts that each file keeps in a layer
 * @param inside of each file in the domain, all on the same text; null: not measured
 * @param outside of each file, its texts of other domains; null: not measured
 * @returns no other than that one where any equal file was not measured outside
 */
export function bestOf(
  { leader, contenders }: Pick<Judgement, 'leader' | 'contenders'>,
  experts: readonly number[],
  inside: readonly (StageSums | null)[],
  outside: readonly (StageSums | null)[],
): number {
  const far = (file: number): number => meanDivergence(inside[file] ?? []);
  const nearest = contenders.reduce((best, file) => (far(file) < far(best) ? file : best), leader);
  const first = contenders
    .filter((file) => isTied(inside[file] ?? [], inside[nearest] ?? []))
    .reduce((best, file) => (experts[file]! > experts[best]! ? file : best), nearest);
  const equal = contenders.filter((file) => file === first || isEqual(inside[file] ?? [], inside[first] ?? []));
  if (equal.some((file) => (outside[file] ?? []).length === 0)) return first;
  const nll = (file: number): number => meanNll(outside[file] ?? []);
  return equal.reduce((best, file) => (nll(file) < nll(best) ? file : best), first);
}

/**
 * Whether its divergence is within a standard error of the nearest one's, and less than 1 % in perplexity further off. Paired, such a
 * difference may well be measurable, and yet the next text may turn it: few tokens, those that miss an expert, make up most of the mean.
 */
function isTied(file: StageSums, nearest: StageSums): boolean {
  const further = divergenceOver(file, nearest);
  if (further === null || further.high === null || further.high > EQUAL_NATS) return false;
  return further.value <= (standardError(nearest) ?? 0);
}

function isEqual(file: StageSums, other: StageSums): boolean {
  if (file.length === 0 || other.length === 0) return false;
  const further = divergenceOver(file, other);
  const { high } = perplexityOver(file, other);
  const isAsNear = further !== null && (further.low ?? Infinity) <= 0 && (further.high ?? Infinity) <= EQUAL_NATS;
  return isAsNear && high !== null && high <= EQUAL_BELOW;
}
