// What the search for the best file found, as one sentence, the same wherever it stands.
import { bytesFormat } from './display-bytes.ts';
import { EQUAL_BELOW, isDecided, isPlain, type FitFile, type FitResult } from './fit.ts';
import type { PublishedInterval } from './interval.ts';
import { sentenceGap, type Voice, type Words } from './text/words.ts';
import { spokenLoss } from './verdict-words.ts';

/** What is the best file, and what the other way of making one of its size would cost. */
export function fitSentence(result: FitResult, voice: Voice): string {
  const { files, nExpert, budgetBytes } = result;
  const { say } = voice;
  const bytes = bytesFormat(voice.language);
  const best = files[result.best];
  if (best === undefined) throw new RangeError('the best file is one of them');
  const other = result.over === null ? undefined : files[result.over.file];
  return [
    say('findings.fit.best', {
      budget: bytes(budgetBytes),
      file: fileText(best, nExpert, say),
      size: bytes(best.bytes),
    }),
    ...(isPlain(best, nExpert) ? prunedWords(result, best, voice) : plainWords(result, voice)),
    ...(result.contradicts && other ? [say('findings.fit.contradicted', { file: fileText(other, nExpert, say) })] : []),
    ...openWords(result, voice),
    ...(result.cutDemos === null ? [] : [say('findings.fit.cut', result.cutDemos)]),
  ].join(sentenceGap(say));
}

/** What is not certain, and what would make it so. */
function openWords({ files, over, moreTokens, ended }: FitResult, { language, say }: Voice): string[] {
  if (ended === 'time') return [say('findings.fit.outOfTime')];
  if (over !== null && !isDecided(over.inside)) {
    const tokens = moreTokens === null ? null : new Intl.NumberFormat(language).format(moreTokens);
    return [tokens === null ? say('findings.fit.moreUnknown') : say('findings.fit.more', { tokens })];
  }
  const contenders = files.filter(({ isContender }) => isContender).length;
  return contenders > 1 ? [say('findings.fit.undecided', { files: contenders })] : [];
}

function fileText({ keep, type, activeExperts }: FitFile, total: number, say: Words): string {
  const experts =
    keep === total ? say('findings.fit.file.all', { total }) : say('findings.fit.file.some', { keep, total });
  const typed =
    type === null ? say('findings.fit.asItIs', { file: experts }) : say('findings.fit.atType', { file: experts, type });
  return activeExperts === null ? typed : say('findings.fit.active', { file: typed, active: activeExperts });
}

/** The best file with all experts, beside the best of all. */
function plainWords({ files, over }: FitResult, voice: Voice): string[] {
  const { say } = voice;
  const file = over === null ? undefined : files[over.file];
  if (over === null || file === undefined) return [say('findings.fit.noPlain')];
  const { type } = file;
  const inside = differenceText(over.inside, voice);
  if (over.outside === null) {
    return [type === null ? say('findings.fit.whole', { inside }) : say('findings.fit.plain', { type, inside })];
  }
  const both = { inside, outside: differenceText(over.outside, voice) };
  return [type === null ? say('findings.fit.wholeOutside', both) : say('findings.fit.plainOutside', { type, ...both })];
}

/** The best of the files that are not plain, beside the best of all. */
function prunedWords({ files, over, nExpert }: FitResult, best: FitFile, voice: Voice): string[] {
  const { say } = voice;
  const file = over === null ? undefined : files[over.file];
  if (over === null || file === undefined) return best.type === null ? [say('findings.fit.nothingPruned')] : [];
  const words = { file: fileText(file, nExpert, say), inside: differenceText(over.inside, voice) };
  return [say(mayGain(over.inside) ? 'findings.fit.prunedUnclear' : 'findings.fit.pruned', words)];
}

/** Whether a file may be better than the best one by more than what counts as equal. */
function mayGain({ low }: PublishedInterval): boolean {
  return low === null || low < 1 / EQUAL_BELOW;
}

/** How one file compares with another: measurably worse or better, by so much; or neither. */
function differenceText({ value, low, high }: PublishedInterval, { language, say }: Voice): string {
  if (low === null || high === null || (low <= 1 && high >= 1)) return say('findings.fit.same');
  const { unit, loss } = spokenLoss(value > 1 ? value : 1 / value, language);
  return say(`findings.fit.${value > 1 ? 'worse' : 'better'}.${unit}`, { loss });
}
