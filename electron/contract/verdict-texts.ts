// The verdict as a sentence that is the same wherever it is shown: interface, report, command line.
import { bytesFormat } from './display-bytes.ts';
import type { PublishedInterval } from './interval.ts';
import { sentenceGap, type Locale, type Translate } from './text/i18n.ts';
import {
  answersGrade,
  gradeOf,
  worstGrade,
  type Grade,
  type Verdict,
  type VerdictAnswers,
  type VerdictPart,
  type VerdictSide,
  type VerdictSideName,
} from './verdict.ts';

/** A part of the sentence with a colour of its own. */
export type VerdictPhrase = {
  readonly text: string;
  /** null: the phrase judges nothing. */
  readonly grade: Grade | null;
};

/** A loss in words: in percent or, if it is large, as a multiple. */
export type Loss = { readonly unit: 'percent' | 'times'; readonly loss: string };

/** With more domains on a side, only the best and the worst are named. */
const MOST_NAMED = 3;
/** From this ratio on, a multiple says more than a percentage. */
const LARGE_RATIO = 2;

/** Returns the sentence, phrase by phrase: what the file is good for, then sizes, each domain (those inside first), and the answers. */
export function verdictPhrases(verdict: Verdict, { language, t }: Locale): readonly VerdictPhrase[] {
  const { inside, outside, unknown, answers, domains } = verdict;
  const locale = { t, ...formatsIn(language) };
  const sizes = { text: sizesText(verdict, locale), grade: null };
  const answerPhrases = answers ? [answersPhrase(answers, locale)] : [];
  if (!inside && !outside && !unknown) {
    return [sizes, ...(answers ? answerPhrases : [{ text: t('findings.verdict.nothing'), grade: null }])];
  }
  const missing = (name: string): VerdictPhrase => about(name, t('findings.verdict.notMeasured'), null, t);
  const names = domains.map((domain) => t('findings.verdict.name', { domain }));
  return [
    ...conclusion(verdict, locale.t),
    sizes,
    ...(inside
      ? sidePhrases('inside', inside, locale)
      : names.length > 0
        ? [missing(names.reduce((first, second) => t('findings.verdict.and', { first, second })))]
        : []),
    ...(outside ? sidePhrases('outside', outside, locale) : inside ? [missing(t('findings.verdict.outside'))] : []),
    ...(unknown ? sidePhrases('unknown', unknown, locale) : []),
    ...answerPhrases,
  ];
}

/** What it means for users; empty if the domain was not measured. */
function conclusion({ inside, outside, answers, domains }: Verdict, t: Translate): VerdictPhrase[] {
  if (inside === null) return [];
  const names = domains.length > 0 ? domains : inside.parts.flatMap(({ domain }) => domain ?? []);
  const [first = t('findings.verdict.noDomain'), ...others] = names;
  const name = others.reduce((before, second) => t('findings.verdict.and', { first: before, second }), first);
  const grade = worstGrade([inside.grade, (answers && answersGrade(answers)) ?? 'green']) ?? inside.grade;
  const text = t(`findings.verdict.use.${grade}`, { name });
  const elsewhere = outside?.grade ?? 'unclear';
  if (grade === 'red' || grade === 'unclear' || elsewhere === 'unclear') return [{ text, grade }];
  return [
    { text, grade },
    { text: t(`findings.verdict.elsewhere.${elsewhere}`), grade: elsewhere },
  ];
}

/** Returns `verdictPhrases` as one text. */
export function verdictSentence(verdict: Verdict, locale: Locale): string {
  return verdictPhrases(verdict, locale)
    .map(({ text }) => text)
    .join(sentenceGap(locale.t));
}

/**
 * Returns a ratio above 1 as a loss.
 * @param language a tag that `Intl` takes
 * @param unit for example that of another loss beside it; default: the usual unit for its size
 */
export function spokenLoss(ratio: number, language: string, unit?: Loss['unit']): Loss {
  return toLoss(ratio, formatsIn(language), unit);
}

type Formats = {
  readonly short: (ratio: number) => string;
  readonly bytes: (value: number) => string;
  readonly percent: (share: number) => string;
};

type Speaker = Formats & { readonly t: Locale['t'] };

function formatsIn(language: string): Formats {
  const fixed = (digits: number): Intl.NumberFormat =>
    new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const [whole, tenths] = [fixed(0), fixed(1)];
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 });
  const permille = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
  return {
    short: (ratio) => (ratio < 9.95 ? tenths : whole).format(ratio),
    bytes: bytesFormat(language),
    percent: (share) => (Math.abs(share) < 0.01 ? permille : percent).format(share),
  };
}

/** What the file saves; if it is more than cut, also that it is quantised or repaired. */
function sizesText({ bytes, type, repaired }: Verdict, { t, bytes: format }: Speaker): string {
  const sizes = t('findings.verdict.sizes', { pruned: format(bytes.pruned), full: format(bytes.full) });
  if (type === undefined) return repaired ? t('findings.verdict.withRepair', { sizes }) : sizes;
  return t(repaired ? 'findings.verdict.asTypeWithRepair' : 'findings.verdict.asType', { type, sizes });
}

function about(name: string, what: string, grade: Grade | null, t: Translate): VerdictPhrase {
  return { text: t('findings.verdict.about', { name, what }), grade };
}

function sidePhrases(side: VerdictSideName, { parts }: VerdictSide, locale: Speaker): VerdictPhrase[] {
  if (parts.length <= MOST_NAMED) return parts.map((part) => partPhrase(part, side !== 'outside', locale));
  const { t, percent, short } = locale;
  const grade = worstGrade(parts.map((part) => part.grade));
  const byLoss = parts.toSorted((a, b) => a.ratio.value - b.ratio.value);
  const [best, worst] = [byLoss[0], byLoss.at(-1)];
  const severalKey = side === 'outside' ? 'findings.verdict.severalOthers' : 'findings.verdict.several';
  const several = t(severalKey, { domains: parts.length });
  if (!best || !worst || grade === 'unclear') return [about(several, t('findings.verdict.unclear'), grade, t)];
  if (grade === 'green') {
    const most = Math.max(...parts.map(({ ratio: { high, value } }) => high ?? value));
    return [about(several, noLoss(most, locale), grade, t)];
  }
  const loss = toLoss(Math.max(1, worst.ratio.value), locale);
  const range = t('findings.verdict.range', {
    from: loss.unit === 'percent' ? percent(Math.max(0, best.ratio.value - 1)) : short(best.ratio.value),
    worst: worseText(loss, t),
    name: partName(worst, t),
  });
  return [about(several, range, grade, t)];
}

/** @param isExact adds the interval */
function partPhrase(part: VerdictPart, isExact: boolean, locale: Speaker): VerdictPhrase {
  const { ratio, top1, grade } = part;
  const { t, percent } = locale;
  const isLost = ratio.low !== null && ratio.low > 1;
  const worse = grade === 'unclear' ? t('findings.verdict.unclear') : worseText(toLoss(ratio.value, locale), t);
  const what =
    grade !== 'unclear' && !isLost
      ? noLoss(ratio.high ?? ratio.value, locale)
      : isExact || grade === 'unclear'
        ? withFigure(worse, ratio, locale)
        : worse;
  // the perplexity alone would not give this colour
  const isByAgreement = top1 !== null && grade !== gradeOf({ ratio, klMean: null, top1: null });
  const all = isByAgreement ? t('findings.verdict.agreement', { what, share: percent(top1.value) }) : what;
  return { text: t('findings.verdict.perplexity', { name: partName(part, t), what: all }), grade };
}

/** A loss that cannot be measured is no proof that there is none. @param most upper end of the interval, as a ratio */
function noLoss(most: number, { t, percent }: Speaker): string {
  if (most <= 1) return t('findings.verdict.noLossAtAll');
  return t('findings.verdict.noLoss', { most: percent(most - 1) });
}

function answersPhrase(answers: VerdictAnswers, { t, percent }: Speaker): VerdictPhrase {
  const { prompts, worse, isFew } = answers;
  const faults = worse.map(({ check, share, full }) =>
    t(`findings.verdict.fault.${check}`, { share: percent(share), full: percent(full) }),
  );
  const what =
    faults.length > 0
      ? faults.reduce((before, column) => t('sentences.listed', { before, column }))
      : t(isFew ? 'findings.verdict.answersFineOfFew' : 'findings.verdict.answersFine');
  return { text: t('findings.verdict.answers', { count: prompts, what }), grade: answersGrade(answers) };
}

/** Appends the interval in the unit of the loss. */
function withFigure(what: string, { value, low, high }: PublishedInterval, { t, percent, short }: Speaker): string {
  const isLarge = value >= LARGE_RATIO;
  const number = (ratio: number): string => (isLarge ? short(ratio) : percent(ratio - 1));
  if (low === null || high === null) {
    const loss = number(value);
    return t('findings.verdict.figure', {
      what,
      ratio: isLarge ? t('findings.verdict.worse.times', { loss }) : loss,
    });
  }
  return t('findings.verdict.figureBetween', { what, low: number(low), high: number(high) });
}

function partName({ domain }: VerdictPart, t: Translate): string {
  return domain ?? t('findings.verdict.noDomain');
}

function worseText({ unit, loss }: Loss, t: Translate): string {
  return t(`findings.verdict.worse.${unit}`, { loss });
}

function toLoss(
  ratio: number,
  { percent, short }: Formats,
  unit: Loss['unit'] = ratio < LARGE_RATIO ? 'percent' : 'times',
): Loss {
  return { unit, loss: unit === 'percent' ? percent(ratio - 1) : short(ratio) };
}
