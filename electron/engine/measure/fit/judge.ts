// Decides which of several files is the nearest to the source model in its domain, judging by the measurements so far, and what to
// measure next. Files are measured in stages: each stage reads more of the same texts than the one before.
import { EQUAL_NATS, type FitConfirmed } from '../../../contract/fit.ts';
import type { Interval, PublishedInterval } from '../../../contract/interval.ts';
import { combineTexts, type TextMeasure } from '../../../contract/several-texts.ts';
import { simultaneousLows } from '../../base/statistics/bootstrap.ts';
import { sum } from '../../base/statistics/numbers.ts';
import type { Figures } from '../evaluation/figure-ledger.ts';
import { pairedDifference } from '../evaluation/figures.ts';
import type { ComparedSums } from '../evaluation/measure-text.ts';

/** Sums over each unit of one text, beside the source model's, on the same tokens for all files. */
type TextSums = { readonly [Name in keyof ComparedSums]: NonNullable<ComparedSums[Name]> };

/** A file's sums at one stage: one entry for each text. */
export type StageSums = readonly TextSums[];

/** A file's stages in order, as far as it was measured. */
type MeasuredStages = readonly StageSums[];

export type Judgement = {
  /** Among the files that were read furthest, the one with the least mean KL divergence from the source model. */
  readonly leader: number;
  /** The files that are not measurably worse than the leader, which is one of them. */
  readonly contenders: readonly number[];
  /** How much farther than the leader each file is at least, in nats; null: the leader, not measured, or not known. */
  readonly farther: readonly (number | null)[];
};

/** The next measurement: a stage of a file. */
type Step = { readonly file: number; readonly stage: number };

/** A file's mean KL divergence from the source model minus another's, in nats, paired on each text. */
export function divergenceOver(file: StageSums, other: StageSums): Interval {
  const difference = combineTexts(
    'klDifference',
    file.map(({ kl, tokens }, text) => ({
      interval: pairedDifference(kl, other[text]!.kl, tokens),
      tokens: sum(tokens),
    })),
  );
  if (difference === null) throw new RangeError('files are compared on a text at least');
  return difference;
}

/** Mean KL divergence from the source model, in nats a token, over all texts. */
export function meanDivergence(texts: StageSums): number {
  return sum(texts.flatMap(({ kl }) => [...kl])) / sum(texts.flatMap(({ tokens }) => [...tokens]));
}

/**
 * Compares every measured file with the leader, at the last stage that both have reached, so that no early look decides for good. A
 * file is worse if the simultaneous interval of its divergence does not reach the leader's, if fewer of its likeliest tokens are the
 * source's, or if its perplexity is above the source's and above the leader's by more than counts as equal.
 * @returns null: no file was measured
 */
export function judge(files: readonly MeasuredStages[]): Judgement | null {
  const reached = Math.max(...files.map(({ length }) => length));
  if (reached <= 0) return null;
  const at = (file: number, stage: number): StageSums => files[file]![stage]!;
  const withStage = (stage: number) => files.flatMap((measured, file) => (measured.length > stage ? [file] : []));
  const leader = nearestOf(withStage(reached - 1), (file) => at(file, reached - 1));
  const farther: (number | null)[] = files.map(() => null);
  const worse = new Set<number>();
  for (let stage = 0; stage < reached; stage++) {
    const others = withStage(stage).filter((file) => file !== leader);
    const compared = compareWith(
      at(leader, stage),
      others.map((file) => at(file, stage)),
    );
    compared.forEach(({ low, isWorse }, index) => {
      const file = others[index]!;
      farther[file] = low;
      if (isWorse) worse.add(file);
      else worse.delete(file);
    });
  }
  const contenders = files.flatMap(({ length }, file) => (length > 0 && !worse.has(file) ? [file] : []));
  return { leader, contenders, farther };
}

/** Returns how much farther than the leader each file is at least, in nats, and whether it is measurably worse. */
function compareWith(
  leader: StageSums,
  others: readonly StageSums[],
): { readonly low: number | null; readonly isWorse: boolean }[] {
  const tokens = leader.map((text) => text.tokens);
  /** Lower ends over all files of a difference by text and unit. */
  const lows = (difference: (file: TextSums, lead: TextSums, unit: number) => number): readonly number[] | null =>
    simultaneousLows(
      tokens,
      others.map((file) =>
        file.map((text, index) => text.nll.map((_, unit) => difference(text, leader[index]!, unit))),
      ),
    );
  const kl = lows((file, lead, unit) => file.kl[unit]! - lead.kl[unit]!);
  const missed = lows((file, lead, unit) => lead.top1[unit]! - file.top1[unit]!);
  const overSource = lows((file, _, unit) => file.nll[unit]! - file.sourceNll[unit]!);
  const overLeader = lows((file, lead, unit) => file.nll[unit]! - lead.nll[unit]!);
  return others.map((_, file) => ({
    low: kl?.[file] ?? null,
    isWorse:
      (kl?.[file] ?? 0) > 0 ||
      (missed?.[file] ?? 0) > 0 ||
      ((overSource?.[file] ?? 0) > EQUAL_NATS && (overLeader?.[file] ?? 0) > EQUAL_NATS),
  }));
}

function nearestOf(files: readonly number[], sums: (file: number) => StageSums): number {
  const far = new Map(files.map((file) => [file, meanDivergence(sums(file))]));
  return files.reduce((best, file) => (far.get(file)! < far.get(best)! ? file : best));
}

/** A file that may be the best. */
type MeasuredFile = {
  readonly measured: MeasuredStages;
  /** The file that differs by one step in one direction; if that file is measurably worse than another, this one is not measured. */
  readonly after: number | null;
};

/**
 * Chooses the next measurement. Unmeasured files come first, in their order; then the contenders are measured further: the leader first,
 * since all are compared with it, then the one that may be the nearest.
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
  const { leader, contenders, farther } = judgement;
  const reached = Math.min(...contenders.map((file) => files[file]!.length));
  if (reached > lastStage) return null;
  const behind = contenders.filter((file) => files[file]!.length === reached);
  const least = (file: number): number => farther[file] ?? -Infinity;
  const file = behind.includes(leader) ? leader : behind.reduce((near, one) => (least(one) < least(near) ? one : near));
  return { file, stage: reached };
}

/** What decides between contenders. */
type Merit = {
  /** Number of experts that are kept per layer. */
  readonly keep: number;
  /** Mean KL divergence from the source model, in nats, in the domain and outside it; null: not measured. */
  readonly inside: number;
  readonly outside: number | null;
};

/** Orders files that are not measurably different in the domain: the least loss outside it first, then more experts, then the nearest. */
export function byMerit(a: Merit, b: Merit): number {
  const outside = a.outside === null || b.outside === null ? 0 : a.outside - b.outside;
  return outside || b.keep - a.keep || a.inside - b.inside;
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

/**
 * The sums of each text; the source model beside itself differs in nothing.
 * @param texts measurements with their sums
 * @throws RangeError: figures were stored without sums
 */
export function sumsOf(texts: readonly Figures[]): StageSums {
  return texts.map(({ sums }) => {
    if (!sums) throw new RangeError('files are compared in pairs');
    const { tokens, nll, kl, top1, sourceNll } = sums;
    return {
      tokens,
      nll,
      kl: kl ?? new Float64Array(nll.length),
      top1: top1 ?? Float64Array.from(tokens),
      sourceNll: sourceNll ?? nll,
    };
  });
}

/** The source model's figures beside its own. */
const SAME = { ratio: 1, klMean: 0, klP99: 0, top1: 1 };

/** A figure over all texts; null: there is no text. */
export function combined(measure: TextMeasure, texts: readonly Figures[]): PublishedInterval | null {
  const figure = combineTexts(
    measure,
    texts.map(({ figures }) => ({ interval: figures[measure], tokens: figures.tokens })),
  );
  if (figure !== null) return published(figure);
  if (texts.length === 0 || measure === 'perplexity') return null;
  return { value: SAME[measure], low: SAME[measure], high: SAME[measure] };
}

/** A file's figures beside the source model's, in the domain and outside it. */
export function figuresBeside(inside: readonly Figures[], outside: readonly Figures[]): FitConfirmed {
  return {
    inside: combined('ratio', inside),
    outside: combined('ratio', outside),
    klMean: combined('klMean', inside),
    klOutside: combined('klMean', outside),
    top1: combined('top1', inside),
  };
}

/** An interval without its standard error, which is not published. */
export function published({ value, low, high }: Interval): PublishedInterval {
  return { value, low, high };
}

/** Number of scored tokens. */
export function tokensOf(texts: readonly Figures[]): number {
  return texts.reduce((sum, { figures }) => sum + figures.tokens, 0);
}
