// What the search for the best file found, as one sentence, the same wherever it stands. A further language is one more entry of
// `LANGUAGES`.
import { bytesFormat } from './display-bytes.ts';
import { isPlain, type FitFile, type FitResult } from './fit.ts';
import type { PublishedInterval } from './interval.ts';
import { spokenLoss, type Loss } from './verdict-words.ts';

/** How one file compares with another: measurably worse or better, by so much; or neither. */
type Difference = { readonly worse: Loss } | { readonly better: Loss } | 'same';

type Words = {
  readonly best: (budget: string, file: string, size: string) => string;
  /** Of a model as it is: no type, and no count of active experts. */
  readonly file: (file: Pick<FitFile, 'keep' | 'type' | 'activeExperts'>, total: number) => string;
  readonly plain: (type: string | null, inside: Difference, outside: Difference | null) => string;
  readonly noPlain: string;
  /** The best file has all experts; how the best of those with fewer compares. */
  readonly pruned: (file: string, inside: Difference) => string;
  readonly nothingPruned: string;
  /** Several files are as good as far as the texts tell. */
  readonly undecided: (count: number) => string;
  readonly outOfTime: string;
  readonly gap: string;
};

const loss = (value: Loss): string => ('percent' in value ? value.percent : `${value.times} times`);
const compared = (difference: Difference): string =>
  difference === 'same'
    ? 'not measurably different'
    : 'worse' in difference
      ? `${loss(difference.worse)} worse`
      : `${loss(difference.better)} better`;

const en: Words = {
  best: (budget, file, size) => `For ${budget}: ${file} (${size}).`,
  file: ({ keep, type, activeExperts }, total) =>
    `${keep === total ? `all ${total}` : `${keep} of ${total}`} experts${type === null ? ', not quantised further' : ` at ${type}`}${activeExperts === null ? '' : `, ${activeExperts} active`}`,
  plain: (type, inside, outside) =>
    `${type === null ? 'The whole model' : `A plain ${type}`} of that size is ${compared(inside)} in the domain${outside === null ? '' : ` and ${compared(outside)} outside it`}.`,
  noPlain: 'No file with all experts is that small.',
  pruned: (file, inside) => `Pruning gains nothing at this size: ${file} are ${compared(inside)} in the domain.`,
  nothingPruned: 'Nothing needs to be pruned.',
  undecided: (count) =>
    `${count} files are equally good in the domain, as far as the texts tell; this one loses least.`,
  outOfTime: 'Time was up before it was certain.',
  gap: ' ',
};

const jaCompared = (difference: Difference): string =>
  difference === 'same'
    ? '測定できる差なし'
    : 'worse' in difference
      ? `${jaLoss(difference.worse)}悪化`
      : `${jaLoss(difference.better)}改善`;
const jaLoss = (value: Loss): string => ('percent' in value ? `${value.percent} ` : `${value.times} 倍`);

const ja: Words = {
  best: (budget, file, size) => `${budget} の場合：${file}（${size}）。`,
  file: ({ keep, type, activeExperts }, total) =>
    `${keep === total ? `全 ${total} ` : `${total} 個中 ${keep} 個の`}エキスパート${type === null ? '、追加の量子化なし' : `、${type}`}${activeExperts === null ? '' : `、トークンあたり ${activeExperts} 個`}`,
  plain: (type, inside, outside) =>
    `同じサイズの${type === null ? 'モデル全体' : `モデル全体の ${type} 量子化`}は、ドメイン内：${jaCompared(inside)}${outside === null ? '' : `、ドメイン外：${jaCompared(outside)}`}。`,
  noPlain: 'すべてのエキスパートを残したファイルは、このサイズに収まりません。',
  pruned: (file, inside) =>
    `このサイズではプルーニングの利点はありません。${file}のファイルは、ドメイン内：${jaCompared(inside)}。`,
  nothingPruned: 'プルーニングは不要です。',
  undecided: (count) =>
    `テキストから分かる限り、ドメイン内では ${count} 個のファイルに差がなく、そのうち失うものが最も少ないファイルです。`,
  outOfTime: '確定する前に時間切れになりました。',
  gap: '',
};

const LANGUAGES: ReadonlyMap<string, Words> = new Map([
  ['en', en],
  ['ja', ja],
]);

/**
 * What is the best file, and what the other way of making one of its size would cost.
 * @param language a tag such as "ja" or "en-GB"; English for those that it is not written in
 */
export function fitSentence(result: FitResult, language: string): string {
  const base = language.toLowerCase().split('-')[0] ?? '';
  const words = LANGUAGES.get(base) ?? en;
  const { files, nExpert, budgetBytes, ended } = result;
  const bytes = bytesFormat(LANGUAGES.has(base) ? base : 'en');
  const best = files[result.best];
  if (best === undefined) throw new RangeError('the best file is one of them');
  const contenders = files.filter(({ isContender }) => isContender).length;
  return [
    words.best(bytes(budgetBytes), words.file(best, nExpert), bytes(best.bytes)),
    ...(isPlain(best, nExpert) ? prunedWords(result, best, language, words) : plainWords(result, language, words)),
    ...(ended === 'time' ? [words.outOfTime] : contenders > 1 ? [words.undecided(contenders)] : []),
  ].join(words.gap);
}

function plainWords({ files, plain, plainOver }: FitResult, language: string, words: Words): string[] {
  const file = plain === null ? undefined : files[plain];
  if (file === undefined) return [words.noPlain];
  if (plainOver === null) return [];
  const { inside, outside } = plainOver;
  return [words.plain(file.type, differenceOf(inside, language), outside && differenceOf(outside, language))];
}

/** The best of the files that are not plain, beside the best of all. */
function prunedWords(result: FitResult, best: FitFile, language: string, words: Words): string[] {
  const pruned = result.files.filter((file) => !isPlain(file, result.nExpert) && file.inside !== null);
  if (pruned.length === 0) return best.type === null ? [words.nothingPruned] : [];
  const [first] = pruned.toSorted((a, b) => ratioOf(a) - ratioOf(b));
  if (first === undefined) return [];
  const over = first.isContender || first.overLeader === null ? 'same' : differenceOf(first.overLeader, language);
  return [words.pruned(words.file(first, result.nExpert), over)];
}

function ratioOf({ inside }: FitFile): number {
  return inside?.value ?? Infinity;
}

function differenceOf({ value, low, high }: PublishedInterval, language: string): Difference {
  if (low === null || high === null || (low <= 1 && high >= 1)) return 'same';
  return value > 1 ? { worse: spokenLoss(value, language) } : { better: spokenLoss(1 / value, language) };
}
