// Which of several files is the best in its domain by what was measured of them so far, and what to measure next. Files are
// measured in stages: each stage reads more of the same texts than the one before.
import { EQUAL_BELOW } from '../../../contract/fit.ts';
import type { Interval, PublishedInterval } from '../../../contract/interval.ts';
import { combineTexts } from '../../../contract/several-texts.ts';
import { pairedRatio } from '../evaluation/figures.ts';
import type { UnitSums } from '../evaluation/measure-text.ts';

/** What a file makes of the texts at one stage: one entry for each text, on the same tokens for all files. */
export type StageSums = readonly UnitSums[];

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
    tokens: tokens.reduce((sum, count) => sum + count, 0),
  }));
  const ratio = combineTexts('ratio', texts);
  if (ratio === null) throw new RangeError('files are compared on a text at least');
  return ratio;
}

/** Nats a token, over all texts. */
export function meanNll(texts: StageSums): number {
  const sum = (of: (text: UnitSums) => Iterable<number>): number =>
    texts.flatMap((text) => [...of(text)]).reduce((total, value) => total + value, 0);
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
export type MeasuredFile = {
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

/**
 * Of the contenders, whose perplexities do not tell them apart, the one that is measurably nearer to the source model than the leader:
 * its KL divergence's whole interval lies below the leader's. Otherwise the leader, or a file that is equal to it in the domain and loses
 * least outside. Not measurably worse is not equal: the whole interval of its perplexity over the leader's has to lie below
 * `EQUAL_BELOW`.
 * @param kl of each file in the domain, all on the same text; null: not measured
 * @param outside of each file, its texts of other domains; null: not measured
 * @returns the leader where any equal file was not measured outside
 */
export function bestOf(
  { leader, contenders, over }: Judgement,
  kl: readonly (PublishedInterval | null)[],
  outside: readonly (StageSums | null)[],
): number {
  const least = kl[leader]?.low ?? -Infinity;
  const nearer = contenders.filter((file) => (kl[file]?.high ?? Infinity) < least);
  const [nearest] = nearer.toSorted((a, b) => kl[a]!.value - kl[b]!.value);
  if (nearest !== undefined) return nearest;
  const nll = (file: number): number => meanNll(outside[file] ?? []);
  const equal = contenders.filter((file) => file === leader || (over[file]?.high ?? Infinity) <= EQUAL_BELOW);
  if (equal.some((file) => (outside[file] ?? []).length === 0)) return leader;
  return equal.reduce((best, file) => (nll(file) < nll(best) ? file : best));
}
