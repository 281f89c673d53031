// The verdict as one sentence, the same wherever it stands: interface, report, command line. A further language is one more entry of
// `LANGUAGES`.
import { bytesFormat } from './display-bytes.ts';
import type { PublishedInterval } from './interval.ts';
import type { GenerationCheck } from './generation-checks.ts';
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

/** A part of the sentence that has a colour of its own. */
export type VerdictPhrase = {
  readonly text: string;
  /** null: it judges nothing. */
  readonly grade: Grade | null;
};

/** What a loss is said in. */
export type Loss = { readonly percent: string } | { readonly times: string };

type Words = {
  readonly sizes: (pruned: string, full: string) => string;
  /** The sizes of a file that is more than cut: in another type, with fitted routers, or both. */
  readonly made: (how: { readonly type: string | null; readonly isCalibrated: boolean }, sizes: string) => string;
  readonly nothing: string;
  readonly about: (name: string, what: string) => string;
  readonly name: (domain: string) => string;
  readonly noLoss: string;
  readonly worse: (loss: Loss) => string;
  /** From one loss to another, and where the second is. */
  readonly range: (from: string, to: Loss, name: string) => string;
  readonly agreement: (share: string) => string;
  readonly unclear: string;
  readonly notMeasured: string;
  /** A ratio with the ends of its interval, or without where it has none. */
  readonly figure: (value: string, ends: readonly [string, string] | null) => string;
  /** Of a side with many domains. */
  readonly several: (side: VerdictSideName, count: number) => string;
  readonly outside: string;
  readonly noDomain: string;
  /** What the answers to so many prompts say. */
  readonly answers: (prompts: number, what: string) => string;
  readonly fault: (check: GenerationCheck, share: string, full: string) => string;
  readonly answersFine: string;
  readonly answersFew: string;
  readonly comma: string;
  readonly and: string;
  /** Between phrases. */
  readonly gap: string;
};

const EN_CHECKS: Readonly<Record<GenerationCheck, string>> = {
  loop: 'loops',
  truncated: 'cut off',
  broken: 'broken output',
  answer: 'right',
};

const JA_CHECKS: Readonly<Record<GenerationCheck, string>> = {
  loop: 'ループ',
  truncated: '途中で切れる',
  broken: '壊れた出力',
  answer: '正解',
};

const en: Words = {
  // the unit once where it is the same
  sizes: (pruned, full) => {
    const [amount = full, unit] = full.split(' ');
    return `${pruned} instead of ${unit !== undefined && pruned.endsWith(` ${unit}`) ? amount : full}.`;
  },
  made: ({ type, isCalibrated }, sizes) => {
    if (type === null) return `With fitted routers: ${sizes}`;
    return `As ${type}${isCalibrated ? ' with fitted routers' : ''}: ${sizes}`;
  },
  nothing: 'Nothing measured yet.',
  about: (name, what) => `${name}: ${what}.`,
  // a sentence begins here; what is no plain word keeps its spelling
  name: (domain) => (/^[\p{L} ]+$/u.test(domain) ? domain.charAt(0).toLocaleUpperCase('en') + domain.slice(1) : domain),
  noLoss: 'no measurable loss',
  worse: (loss) => ('percent' in loss ? `${loss.percent} worse` : `${loss.times} times worse`),
  range: (from, to, name) => `${from} to ${en.worse(to)}, ${name} most`,
  agreement: (share) => `, top-1 agreement only ${share}`,
  unclear: 'not enough text to tell',
  notMeasured: 'not measured',
  figure: (value, ends) => (ends === null ? ` (${value})` : ` (${value}, ${ends[0]} to ${ends[1]})`),
  several: (side, count) => `${side === 'outside' ? 'The other ' : ''}${count} domains`,
  outside: 'Outside',
  noDomain: 'Text of no known domain',
  answers: (prompts, what) => `Answers to ${prompts} ${prompts === 1 ? 'prompt' : 'prompts'}: ${what}.`,
  fault: (check, share, full) => `${EN_CHECKS[check]} ${share} instead of ${full}`,
  answersFine: 'nothing worse than chance explains',
  answersFew: ', though so few show only large differences',
  comma: ', ',
  and: ' and ',
  gap: ' ',
};

const ja: Words = {
  sizes: (pruned, full) => `${full} が ${pruned} に。`,
  made: ({ type, isCalibrated }, sizes) => {
    if (type === null) return `合わせたルーターでは ${sizes}`;
    return `${type}${isCalibrated ? ' と合わせたルーター' : ''} では ${sizes}`;
  },
  nothing: 'まだ何も測定していません。',
  about: (name, what) => `${name}：${what}。`,
  name: (domain) => domain,
  noLoss: '測定できる劣化なし',
  worse: (loss) => ('percent' in loss ? `${loss.percent} 悪化` : `${loss.times} 倍悪化`),
  range: (from, to, name) => `${from}～${ja.worse(to)}（最大は${name}）`,
  agreement: (share) => `、Top-1 一致率は ${share} のみ`,
  unclear: 'テキストが足りず判断できません',
  notMeasured: '未測定',
  figure: (value, ends) => (ends === null ? `（${value}）` : `（${value}、${ends[0]}～${ends[1]}）`),
  several: (side, count) => `${side === 'outside' ? 'ほかの ' : ''}${count} ドメイン`,
  outside: 'ドメイン外',
  noDomain: 'ドメイン不明のテキスト',
  answers: (prompts, what) => `${prompts} 件の回答：${what}。`,
  fault: (check, share, full) => `${JA_CHECKS[check]} ${share}（元のモデル ${full}）`,
  answersFine: '偶然で説明できないほどの悪化なし',
  answersFew: '（件数が少なく、大きな差しか分かりません）',
  comma: '、',
  and: 'と',
  gap: '',
};

const LANGUAGES: ReadonlyMap<string, Words> = new Map([
  ['en', en],
  ['ja', ja],
]);

/** More domains of a side are told by the best and the worst of them. */
const MOST_NAMED = 3;
/** From here on a ratio says more than its percentage. */
const LARGE_RATIO = 2;
/**
 * The sentence, phrase by phrase: sizes, then each domain, in it first, then the answers.
 * @param language a tag such as "ja" or "en-GB"; English for those that it is not written in
 */
export function verdictPhrases(verdict: Verdict, language: string): readonly VerdictPhrase[] {
  const { inside, outside, unknown, answers, domains, type = null, calibrated: isCalibrated = false } = verdict;
  const voice = voiceOf(language);
  const { words } = voice;
  const both = words.sizes(voice.bytes(verdict.bytes.pruned), voice.bytes(verdict.bytes.full));
  const isOnlyCut = type === null && !isCalibrated;
  const sizes = { text: isOnlyCut ? both : words.made({ type, isCalibrated }, both), grade: null };
  const told = answers ? [answersPhrase(answers, voice)] : [];
  if (!inside && !outside && !unknown) return [sizes, ...(answers ? told : [{ text: words.nothing, grade: null }])];
  const missing = (name: string): VerdictPhrase => ({ text: words.about(name, words.notMeasured), grade: null });
  return [
    sizes,
    ...(inside
      ? sidePhrases('inside', inside, voice)
      : domains.length > 0
        ? [missing(domains.map(words.name).join(words.and))]
        : []),
    ...(outside ? sidePhrases('outside', outside, voice) : inside ? [missing(words.outside)] : []),
    ...(unknown ? sidePhrases('unknown', unknown, voice) : []),
    ...told,
  ];
}

/** As `verdictPhrases`, in one piece. */
export function verdictSentence(verdict: Verdict, language: string): string {
  return verdictPhrases(verdict, language)
    .map(({ text }) => text)
    .join(verdictGap(language));
}

/** What stands between two phrases. */
export function verdictGap(language: string): string {
  return voiceOf(language).words.gap;
}

/** A ratio above 1 as a loss: in percent, or from 2 on in times. @param language as of `verdictPhrases` */
export function spokenLoss(ratio: number, language: string): Loss {
  return lossOf(ratio, voiceOf(language));
}

type Voice = {
  readonly words: Words;
  /** A ratio with three digits or so. */
  readonly number: (ratio: number) => string;
  readonly short: (ratio: number) => string;
  readonly bytes: (value: number) => string;
  readonly percent: (share: number) => string;
};

function voiceOf(language: string): Voice {
  const base = language.toLowerCase().split('-')[0] ?? '';
  const words = LANGUAGES.get(base);
  const tag = words ? base : 'en';
  const fixed = (digits: number): Intl.NumberFormat =>
    new Intl.NumberFormat(tag, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const [whole, tenths, hundredths] = [fixed(0), fixed(1), fixed(2)];
  const percent = new Intl.NumberFormat(tag, { style: 'percent', maximumFractionDigits: 0 });
  const permille = new Intl.NumberFormat(tag, { style: 'percent', maximumFractionDigits: 1 });
  return {
    words: words ?? en,
    number: (ratio) => (ratio < 9.995 ? hundredths : ratio < 99.95 ? tenths : whole).format(ratio),
    short: (ratio) => (ratio < 9.95 ? tenths : whole).format(ratio),
    bytes: bytesFormat(tag),
    percent: (share) => (Math.abs(share) < 0.01 ? permille : percent).format(share),
  };
}

function sidePhrases(side: VerdictSideName, { parts }: VerdictSide, voice: Voice): VerdictPhrase[] {
  if (parts.length <= MOST_NAMED) return parts.map((part) => partPhrase(part, side !== 'outside', voice));
  const { words } = voice;
  const grade = worstGrade(parts.map((part) => part.grade));
  const byLoss = parts.toSorted((a, b) => a.ratio.value - b.ratio.value);
  const [best, worst] = [byLoss[0], byLoss.at(-1)];
  const name = words.several(side, parts.length);
  if (!best || !worst || grade === 'unclear') return [{ text: words.about(name, words.unclear), grade }];
  if (grade === 'green') return [{ text: words.about(name, words.noLoss), grade }];
  const loss = lossOf(worst.ratio.value, voice);
  const from = 'percent' in loss ? voice.percent(Math.max(0, best.ratio.value - 1)) : voice.short(best.ratio.value);
  return [{ text: words.about(name, words.range(from, loss, nameOf(worst, voice))), grade }];
}

/** @param isExact with its interval */
function partPhrase(part: VerdictPart, isExact: boolean, voice: Voice): VerdictPhrase {
  const { ratio, top1, grade } = part;
  const { words, percent } = voice;
  const isLost = ratio.low !== null && ratio.low > 1;
  const what = grade === 'unclear' ? words.unclear : isLost ? words.worse(lossOf(ratio.value, voice)) : words.noLoss;
  // where perplexity alone is no reason for the colour
  const isByAgreement = top1 !== null && grade === 'red' && gradeOf({ ratio, top1: null }) !== 'red';
  const agreement = isByAgreement ? words.agreement(percent(top1.value)) : '';
  const figure = isExact || grade === 'unclear' ? figureOf(ratio, voice) : '';
  return { text: words.about(nameOf(part, voice), `${what}${figure}${agreement}`), grade };
}

function answersPhrase(answers: VerdictAnswers, { words, percent }: Voice): VerdictPhrase {
  const { prompts, worse, isFew } = answers;
  const faults = worse.map(({ check, share, full }) => words.fault(check, percent(share), percent(full)));
  const fine = `${words.answersFine}${isFew ? words.answersFew : ''}`;
  const what = faults.length > 0 ? faults.join(words.comma) : fine;
  return { text: words.answers(prompts, what), grade: answersGrade(answers) };
}

function figureOf({ value, low, high }: PublishedInterval, { words, number }: Voice): string {
  return words.figure(number(value), low === null || high === null ? null : [number(low), number(high)]);
}

function nameOf({ domain }: VerdictPart, { words }: Voice): string {
  return domain === null ? words.noDomain : words.name(domain);
}

function lossOf(ratio: number, { percent, short }: Voice): Loss {
  return ratio < LARGE_RATIO ? { percent: percent(ratio - 1) } : { times: short(ratio) };
}
