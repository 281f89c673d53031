// Decides which of several files is the best in its domain, judging by the measurements so far, and what to measure next. Files
// are measured in stages: each stage reads more of the same texts than the one before.
import { EQUAL_BELOW } from '../../../contract/fit.ts';
import type { Interval, PublishedInterval } from '../../../contract/interval.ts';
import { combineTexts, type TextMeasure } from '../../../contract/several-texts.ts';
import { pairedDifference, pairedRatio } from '../evaluation/figures.ts';
import type { ComparedSums } from '../evaluation/measure-text.ts';
import { sum } from '../../base/statistics/numbers.ts';
import type { Figures } from '../evaluation/figure-ledger.ts';

/** A file's sums at one stage: one entry for each text, on the same tokens for all files. */
export type StageSums = readonly ComparedSums[];

/** A file's stages in order, as far as it was measured. */
type MeasuredStages = readonly StageSums[];

type Judgement = {
  /** The file with the lowest perplexity, at the last stage that all contenders share. */
  readonly leader: number;
  /** The files that are not measurably worse than the leader, which is one of them. */
  readonly contenders: readonly number[];
  /** Each file's perplexity over the leader's at the last stage at which it was compared; null: the leader, or not measured. */
  readonly over: readonly (Interval | null)[];
};

/** The next measurement: a stage of a file. */
type Step = { readonly file: number; readonly stage: number };

/** One file's perplexity over another's on all texts, weighted by tokens and paired on each text. */
export function perplexityOver(file: StageSums, other: StageSums): Interval {
  const texts = file.map(({ nll, tokens }, text) => ({
    interval: pairedRatio(nll, other[text]!.nll, tokens),
    tokens: sum(tokens),
  }));
  const ratio = combineTexts('ratio', texts);
  if (ratio === null) throw new RangeError('files are compared on a text at least');
  return ratio;
}

/** Nats per token, over all texts. */
export function meanNll(texts: StageSums): number {
  return sumOver(texts, ({ nll }) => nll) / sumOver(texts, ({ tokens }) => tokens);
}

function sumOver(texts: StageSums, of: (text: ComparedSums) => Iterable<number>): number {
  return sum(texts.flatMap((text) => [...of(text)]));
}

/**
 * Judges stage by stage. At each stage one file leads, and files that are measurably worse, with all of the paired 95 % interval
 * above 1, are out. A stage that not all contenders have reached says nothing yet.
 * @returns null: no file was measured
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

/** Whether a ratio is above 1 beyond chance. */
function isWorse(ratio: Interval | null): boolean {
  return ratio !== null && ratio.low !== null && ratio.low > 1;
}

/** A file that may be the best. */
type MeasuredFile = {
  readonly measured: MeasuredStages;
  /** The file that differs by one step in one direction; if that file is measurably worse than another, this one is not measured. */
  readonly after: number | null;
};

/**
 * Chooses the next measurement. Unmeasured files come first, in their order; then the contenders are measured further: the leader first,
 * since all are compared with it, then the file whose difference from it is least certain.
 * @param candidates the most promising first
 * @param lastStage last stage that the texts allow
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

/** Mean KL divergences that differ by less than this, in nats, are equal: perplexities that differ by as much count as equal too. */
const EQUAL_NATS = Math.log(EQUAL_BELOW);

/** A file's mean KL divergence from the source model minus another's, in nats, paired on each text; null: not known for both. */
export function divergenceOver(file: StageSums, other: StageSums): Interval | null {
  return combineTexts(
    'klDifference',
    file.map(({ kl, tokens }, text) => {
      const others = other[text]?.kl ?? null;
      return { interval: kl && others && pairedDifference(kl, others, tokens), tokens: sum(tokens) };
    }),
  );
}

/** Standard error of the mean KL divergence from the source model, in nats; null: not known. */
function standardError(file: StageSums): number | null {
  const own = combineTexts(
    'klMean',
    file.map(({ kl, tokens }) => ({
      interval: kl && pairedDifference(kl, new Float64Array(kl.length), tokens),
      tokens: sum(tokens),
    })),
  );
  return own?.standardError ?? null;
}

/** Mean KL divergence from the source model, over all texts; Infinity: not known. */
export function meanDivergence(texts: StageSums): number {
  return texts.every(({ kl }) => kl !== null)
    ? sumOver(texts, ({ kl }) => kl ?? []) / sumOver(texts, ({ tokens }) => tokens)
    : Infinity;
}

/**
 * Chooses the best of the contenders, whose perplexities do not differ measurably. First the one nearest to the source model: a KL divergence
 * is paired with the source token by token, so chance moves it less than a perplexity. A tie with it goes to the file with more experts. Among
 * files that are equal to this one, the one that loses least outside wins. Not measurably worse does not mean equal: the whole interval of the
 * perplexity ratio must lie below `EQUAL_BELOW`, and that of the difference in divergence below as many nats and not entirely above 0.
 * @param experts number of experts that each file keeps per layer
 * @param inside each file's sums in the domain, all on the same text; null: not measured
 * @param outside each file's sums on texts of other domains; null: not measured
 * @returns the nearest file, after ties, if any equal file was not measured outside
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
 * Whether a file's divergence is within a standard error of the nearest file's, and farther by less than 1 % in perplexity. A paired
 * difference of this size may be measurable, yet the next text may reverse it: the few tokens that miss an expert make up most of the mean.
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

/** Maximum chunks of each text of the domain per stage: the first ones, so that each stage includes the stages before it. */
export const STAGE_CHUNKS: readonly number[] = [32, 128, 512];
export const LAST_STAGE = STAGE_CHUNKS.length - 1;
/** Approximate number of measurements of close files at further stages. */
export const COMPARED = 3;
/** Chunks of each text of another domain: such texts show what is lost, but decide little. */
export const OUTSIDE_CHUNKS = 16;
/** Chunks of each text of the domain for measuring a class of tensors in a type, or a count of experts, alone. */
export const LOSS_CHUNKS = 10;

/** The sums of each text. @param texts measurements with their sums @throws RangeError: figures were stored without sums */
export function sumsOf(texts: readonly Figures[]): StageSums {
  return texts.map(({ sums }) => {
    if (!sums) throw new RangeError('files are compared in pairs');
    return sums;
  });
}

/** A figure over all texts; null: there is no text, or one lacks this figure. */
export function combined(measure: TextMeasure, texts: readonly Figures[]): PublishedInterval | null {
  const figure = combineTexts(
    measure,
    texts.map(({ figures }) => ({ interval: figures[measure], tokens: figures.tokens })),
  );
  return figure && published(figure);
}

/** An interval without its standard error, which is not published. */
export function published({ value, low, high }: Interval): PublishedInterval {
  return { value, low, high };
}

/** Number of scored tokens. */
export function tokensOf(texts: readonly Figures[]): number {
  return texts.reduce((sum, { figures }) => sum + figures.tokens, 0);
}
