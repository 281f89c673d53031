// What the search for the best file found, as a sentence that is the same wherever it is shown.
import { bytesFormat } from './display-bytes.ts';
import {
  bestFile,
  EQUAL_NATS,
  isClearlyNearer,
  isDecided,
  isPlain,
  isSource,
  otherFile,
  type ChoosingWay,
  type FitFile,
  type FitFindings,
} from './fit.ts';
import { ratioOfNats, type PublishedInterval } from './interval.ts';
import { TENSOR_CLASSES, type Mix } from './mix.ts';
import { sentenceGap, type Locale } from './text/i18n.ts';
import { spokenLoss } from './verdict-texts.ts';

/** Returns which file is the best, and what the other way of making a file of its size would cost. */
export function fitSentence(result: FitFindings, locale: Locale): string {
  return [
    bestWords(result, locale),
    ...smallWords(result, locale),
    ...besideWords(result, locale),
    ...wayWords(result, locale),
    ...repairText(bestFile(result), locale),
    ...openWords(result, locale),
  ].join(sentenceGap(locale.t));
}

function bestWords(result: FitFindings, locale: Locale): string {
  return locale.t('findings.fit.best', {
    budget: bytesFormat(locale.language)(result.budgetBytes),
    ...sized(bestFile(result), result, locale),
  });
}

/**
 * Returns the sentence for a place that shows the found file already: why it was chosen, and which other file of its
 * size exists and is not on offer (`fitOffer`).
 */
export function fitBeside(result: FitFindings, locale: Locale): string {
  const late = result.ended === 'time' ? pairWords(result, locale) : [];
  const words =
    fitOffer(result, locale) === null
      ? [...smallWords(result, locale), ...besideWords(result, locale), ...pairWords(result, locale)]
      : [...smallWords(result, locale), ...contradictedWords(result, locale), ...late];
  return [...words, ...cutWords(result, locale)].join(sentenceGap(locale.t));
}

/**
 * Returns which file can be written beside the found one, and why one would: it is clearly better on other text.
 * @returns null: there is no such file
 */
export function fitOffer(result: FitFindings, locale: Locale): string | null {
  const { over, nExpert, ended } = result;
  const other = otherFile(result);
  if (over === null || other === null || isSource(other, nExpert)) return null;
  const words = { ...sized(other, result, locale), file: shortFileText(other, locale) };
  if (over.outside === null || !isClearlyNearer(over.outside)) return null;
  const [inside, outside] = [fartherText(over.inside, locale), fartherText(over.outside, locale)];
  const open = ended === 'time' ? [] : pairWords(result, locale);
  return [locale.t('findings.fit.offer.other', { ...words, inside, outside }), ...open].join(sentenceGap(locale.t));
}

function sized(
  file: FitFile,
  { nExpert }: FitFindings,
  locale: Locale,
): { readonly file: string; readonly size: string } {
  return { file: fileText(file, nExpert, locale), size: bytesFormat(locale.language)(file.bytes) };
}

/**
 * Returns which demos choose experts if the search leaves some aside: "20 of 40 demos choose the experts; the other 20
 * measure the files."
 */
export function demosText(
  { demos, isOnDemos }: { readonly demos: FitFindings['demos']; readonly isOnDemos: boolean },
  { t, language }: Locale,
): string | null {
  if (demos === null || demos.aside === 0) return null;
  const number = new Intl.NumberFormat(language);
  const { scored, aside } = demos;
  const words = { scored: number.format(scored), aside: number.format(aside), all: number.format(scored + aside) };
  return t(isOnDemos ? 'findings.fit.demosMeasure' : 'findings.fit.demosAside', words);
}

/** If the best file needs less than this share of the budget, the sentence adds that larger measured files were no better. */
const MUCH_LESS = 0.9;

function smallWords(result: FitFindings, { t }: Locale): string[] {
  const best = bestFile(result);
  const isSmall = best.memoryBytes < MUCH_LESS * result.budgetBytes;
  const isBeaten = result.files.some(({ bytes, inside }) => inside !== null && bytes > best.bytes);
  return isSmall && isBeaten ? [t('findings.fit.small')] : [];
}

/**
 * Returns further details: how the found file's experts were chosen and repaired, and which files could not be told
 * apart; "": there are none.
 */
export function fitHow(result: FitFindings, locale: Locale): string {
  return [...wayWords(result, locale), ...repairText(bestFile(result), locale), ...manyWords(result, locale)].join(
    sentenceGap(locale.t),
  );
}

/** The other way of making a file of that size. */
function besideWords(result: FitFindings, locale: Locale): string[] {
  const { nExpert, over } = result;
  const best = bestFile(result);
  return [
    ...(isPlain(best, nExpert) ? prunedWords(result, best, locale) : plainWords(result, locale)),
    ...contradictedWords(result, locale),
    ...elsewhereWords(over, isPlain(best, nExpert), locale),
  ];
}

function contradictedWords({ files, over, nExpert, contradicts }: FitFindings, locale: Locale): string[] {
  const other = over === null ? undefined : files[over.file];
  return contradicts && other
    ? [locale.t('findings.fit.contradicted', { file: fileText(other, nExpert, locale) })]
    : [];
}

/** How a file compares on other text. @param isNew nothing has been said about other text yet */
function elsewhereWords(over: FitFindings['over'], isNew: boolean, locale: Locale): string[] {
  if (!over?.outside || !isClearlyNearer(over.outside)) return [];
  if (!isNew) return [locale.t('findings.fit.elsewhere')];
  return [locale.t('findings.fit.elsewhereBy', { outside: fartherText(over.outside, locale) })];
}

/** How the experts were chosen, if a way other than the usual one was measured to be closer to the source model. */
function wayWords(result: FitFindings, { language, t }: Locale): string[] {
  const { way } = result;
  if (way === null || way.measured === null || bestFile(result).keep === result.nExpert) return [];
  const { keep, ways } = way.measured;
  const [first] = ways;
  if (first === undefined) return [];
  const nats = new Intl.NumberFormat(language, { minimumFractionDigits: 4, maximumFractionDigits: 4 });
  const klOf = ({ criterion, grouping }: ChoosingWay): number =>
    ways.find((one) => one.criterion === criterion && one.grouping === grouping)?.kl ?? NaN;
  const between = (from: ChoosingWay, to: ChoosingWay) => {
    return { keep, total: result.nExpert, before: nats.format(klOf(from)), after: nats.format(klOf(to)) };
  };
  const grouped = { ...first, grouping: way.grouping };
  return [
    ...(way.grouping === first.grouping ? [] : [t('findings.fit.grouped', between(first, grouped))]),
    ...(way.criterion === first.criterion
      ? []
      : [
          t('findings.fit.chosenBy', {
            criterion: t(`findings.fit.criteria.${way.criterion}`),
            usual: t(`findings.fit.criteria.${first.criterion}`),
            ...between(grouped, way),
          }),
        ]),
  ];
}

/** What became of the down matrices, if a repair was tried. */
function repairText({ repair }: FitFile, { language, t }: Locale): string[] {
  if (repair === null) return [];
  const nats = new Intl.NumberFormat(language, { minimumFractionDigits: 4, maximumFractionDigits: 4 });
  const { isKept, before, after, demos } = repair;
  const words = { before: nats.format(before), after: nats.format(after), demos };
  return [t(isKept ? 'findings.fit.repaired' : 'findings.fit.notRepaired', words)];
}

/** What is uncertain, and what would make it certain. */
function openWords(result: FitFindings, locale: Locale): string[] {
  return [...pairWords(result, locale), ...manyWords(result, locale), ...cutWords(result, locale)];
}

/** The uncertainty between the best file and the one that it is compared with. */
function pairWords({ over, ended }: FitFindings, locale: Locale): string[] {
  if (ended === 'time') return [locale.t('findings.fit.outOfTime')];
  return isPairOpen(over) ? [locale.t('findings.fit.moreText')] : [];
}

/** The uncertainty between all remaining files, if those two are decided. */
function manyWords({ files, over, ended }: FitFindings, locale: Locale): string[] {
  const contenders = files.filter(({ isContender }) => isContender).length;
  if (ended === 'time' || isPairOpen(over) || contenders < 2) return [];
  return [locale.t('findings.fit.undecided', { files: contenders }), locale.t('findings.fit.moreText')];
}

function isPairOpen(over: FitFindings['over']): boolean {
  return over !== null && !isDecided(over.inside);
}

function cutWords({ cutDemos }: FitFindings, { t }: Locale): string[] {
  return cutDemos === null ? [] : [t('findings.fit.cut', cutDemos)];
}

/**
 * Returns the measured cost of the best file beside the unchanged model: "Of 100 tokens on your work, 93 are the ones that the model
 * would choose. At predicting text, 3% worse (1% to 5%) on your work, …"
 */
export function fitLosses(result: FitFindings, locale: Locale): string {
  const { t, language } = locale;
  const best = bestFile(result);
  if (isSource(best, result.nExpert)) return t('findings.fit.losses.none');
  const { inside, outside, top1 } = best.confirmed ?? {};
  if (!inside || !top1) throw new RangeError('the best file was confirmed');
  const chosen = ofHundred(top1.value, language);
  const onWork = lossText(inside, locale);
  const predicted = outside
    ? t('findings.fit.losses.both', { inside: onWork, outside: lossText(outside, locale) })
    : t('findings.fit.losses.inside', { inside: onWork });
  return [t('findings.fit.losses.chosen', { chosen }), predicted].join(sentenceGap(t));
}

/**
 * Returns the same as one line for the user's work and one for other text: "93 of 100 words as the model would have chosen them; 3% worse
 * (1% to 5%)". @returns null: it is the model itself; `outside` null: not measured
 */
export function lossLines(
  result: FitFindings,
  locale: Locale,
): { readonly inside: string; readonly outside: string | null } | null {
  const best = bestFile(result);
  const { inside, outside, top1 } = best.confirmed ?? {};
  if (isSource(best, result.nExpert) || !inside || !top1) return null;
  const chosen = ofHundred(top1.value, locale.language);
  return {
    inside: locale.t('findings.fit.losses.line', { chosen, loss: lossText(inside, locale) }),
    outside: outside ? lossText(outside, locale) : null,
  };
}

/** A share as a count of 100, rounded down: 100 is said only of all. */
function ofHundred(share: number, language: string): string {
  return new Intl.NumberFormat(language).format(Math.floor(100 * share));
}

/** Returns what a file costs, with its interval: "3% worse (1% to 5%)", "no measurable loss (at most 2%)"; less than nothing is a change. */
export function lossText({ value, low, high }: PublishedInterval, locale: Locale): string {
  const { t, language } = locale;
  const what = differenceText({ value, low, high }, locale);
  if (low === null || high === null) return what;
  if (high < 1) return t('findings.fit.losses.change', { loss: spokenLoss(1 / value, language, 'percent').loss });
  if (low <= 1) return t('findings.fit.losses.atMost', { loss: lossNumber(high, high, language) });
  return t('findings.fit.losses.range', {
    what,
    low: lossNumber(low, value, language),
    high: lossNumber(high, value, language),
  });
}

/** A number in percent or as a multiple, like the loss that it belongs to. */
function lossNumber(ratio: number, of: number, language: string): string {
  const { unit } = spokenLoss(of, language);
  return spokenLoss(ratio, language, unit).loss;
}

/** Returns the types of a mix: "gate+up IQ2_S, down IQ4_NL, attention Q5_K, embedding Q6_K". */
export function mixText(mix: Mix, { language, t }: Locale): string {
  const types = TENSOR_CLASSES.flatMap((ofClass) => {
    const type = mix[ofClass];
    return type === undefined ? [] : [t(`findings.fit.mix.${ofClass}`, { type: type.toUpperCase() })];
  });
  return new Intl.ListFormat(language, { type: 'conjunction', style: 'narrow' }).format(types);
}

/** Returns the share of the source model's neurons that each expert has, such as "75 %". */
export function widthText(width: number, language: string): string {
  return new Intl.NumberFormat(language, { style: 'percent' }).format(width);
}

/** Returns what a file consists of: "24 of 32 experts at Q2_K", "15 of 32 experts at 75% of their width, gate+up IQ1_M, down MXFP4, …" */
export function fileText({ keep, type, mix, width }: FitFile, total: number, locale: Locale): string {
  const { t } = locale;
  const wide = keep === total ? t('findings.fit.file.all', { total }) : t('findings.fit.file.some', { keep, total });
  const experts = narrowText(wide, width, locale);
  if (type === null) return t('findings.fit.asItIs', { file: experts });
  return mix === null
    ? t('findings.fit.atType', { file: experts, type })
    : t('findings.fit.ofMix', { file: experts, types: mixText(mix, locale) });
}

/** @param width share of the neurons; null: all */
function narrowText(experts: string, width: number | null, { t, language }: Locale): string {
  return width === null ? experts : t('findings.fit.file.narrow', { experts, width: widthText(width, language) });
}

/** The bits that a type's name speaks of: 4 of "Q4_K_M" and "IQ4_XS". */
const BITS = /(\d+)/;

/** Returns the same as a name that is short enough for a table: "27 experts, 4-bit". */
export function shortFileText({ keep, type, width }: FitFile, locale: Locale): string {
  const { t } = locale;
  const [, bits] = BITS.exec(type ?? '') ?? [];
  const experts = narrowText(t('findings.fit.short.experts', { count: keep }), width, locale);
  return bits === undefined ? experts : t('findings.fit.short.bits', { experts, bits });
}

/** The best file with all experts, compared with the best file of all. */
function plainWords({ files, over, nExpert }: FitFindings, locale: Locale): string[] {
  const { t } = locale;
  const file = over === null ? undefined : files[over.file];
  if (over === null || file === undefined) {
    // a file that there was no time to measure may be that small
    if (files.some((one) => isPlain(one, nExpert))) return [];
    return [t(files.some(({ mix }) => mix !== null) ? 'findings.fit.noPlain' : 'findings.fit.noneOfTypes')];
  }
  const { type, mix } = file;
  const inside = fartherText(over.inside, locale);
  if (mix !== null) {
    const types = mixText(mix, locale);
    if (over.outside === null) return [t('findings.fit.plainMix', { types, inside })];
    return [t('findings.fit.plainMixOutside', { types, inside, outside: fartherText(over.outside, locale) })];
  }
  if (over.outside === null) {
    return [type === null ? t('findings.fit.whole', { inside }) : t('findings.fit.plain', { type, inside })];
  }
  const both = { inside, outside: fartherText(over.outside, locale) };
  return [type === null ? t('findings.fit.wholeOutside', both) : t('findings.fit.plainOutside', { type, ...both })];
}

/** The best of the files that are not plain, compared with the best file of all. */
function prunedWords({ files, over, nExpert }: FitFindings, best: FitFile, locale: Locale): string[] {
  const { t } = locale;
  const file = over === null ? undefined : files[over.file];
  if (over === null || file === undefined) return best.type === null ? [t('findings.fit.nothingPruned')] : [];
  const words = { file: fileText(file, nExpert, locale), inside: fartherText(over.inside, locale) };
  return [t(mayGain(over.inside) ? 'findings.fit.prunedUnclear' : 'findings.fit.pruned', words)];
}

/** Whether a file may be better than the best one by more than counts as equal. */
function mayGain({ low }: PublishedInterval): boolean {
  return low === null || low < -EQUAL_NATS;
}

/** As `differenceText`. @param over divergence of one file minus that of another, in nats */
function fartherText(over: PublishedInterval, locale: Locale): string {
  return differenceText(ratioOfNats(over), locale);
}

/** How one file compares with another: measurably worse or better, and by how much; or not measurably different. */
function differenceText({ value, low, high }: PublishedInterval, { language, t }: Locale): string {
  if (low === null || high === null || (low <= 1 && high >= 1)) return t('findings.fit.same');
  const { unit, loss } = spokenLoss(value > 1 ? value : 1 / value, language);
  return t(`findings.fit.${value > 1 ? 'worse' : 'better'}.${unit}`, { loss });
}
