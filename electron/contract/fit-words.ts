// What the search for the best file found, as one sentence, the same wherever it stands.
import { bytesFormat } from './display-bytes.ts';
import { EQUAL_BELOW, isPlain, type FitFile, type FitResult } from './fit.ts';
import type { PublishedInterval } from './interval.ts';
import { sentenceGap, type Voice, type Words } from './text/words.ts';
import { spokenLoss } from './verdict-words.ts';

/** What is the best file, and what the other way of making one of its size would cost. */
export function fitSentence(result: FitResult, voice: Voice): string {
  const { files, nExpert, budgetBytes, ended } = result;
  const { say } = voice;
  const bytes = bytesFormat(voice.language);
  const best = files[result.best];
  if (best === undefined) throw new RangeError('the best file is one of them');
  const contenders = files.filter(({ isContender }) => isContender).length;
  return [
    say('findings.fit.best', {
      budget: bytes(budgetBytes),
      file: fileText(best, nExpert, say),
      size: bytes(best.bytes),
    }),
    ...(isPlain(best, nExpert) ? prunedWords(result, best, voice) : plainWords(result, voice)),
    ...(ended === 'time'
      ? [say('findings.fit.outOfTime')]
      : contenders > 1
        ? [say('findings.fit.undecided', { files: contenders })]
        : []),
  ].join(sentenceGap(say));
}

function fileText({ keep, type, activeExperts }: FitFile, total: number, say: Words): string {
  const experts =
    keep === total ? say('findings.fit.file.all', { total }) : say('findings.fit.file.some', { keep, total });
  const typed =
    type === null ? say('findings.fit.asItIs', { file: experts }) : say('findings.fit.atType', { file: experts, type });
  return activeExperts === null ? typed : say('findings.fit.active', { file: typed, active: activeExperts });
}

function plainWords({ files, plain, plainOver }: FitResult, voice: Voice): string[] {
  const { say } = voice;
  const file = plain === null ? undefined : files[plain];
  if (file === undefined) return [say('findings.fit.noPlain')];
  if (plainOver === null) return [];
  const { type } = file;
  const inside = differenceText(plainOver.inside, voice);
  if (plainOver.outside === null) {
    return [type === null ? say('findings.fit.whole', { inside }) : say('findings.fit.plain', { type, inside })];
  }
  const both = { inside, outside: differenceText(plainOver.outside, voice) };
  return [type === null ? say('findings.fit.wholeOutside', both) : say('findings.fit.plainOutside', { type, ...both })];
}

/** The best of the files that are not plain, beside the best of all. */
function prunedWords(result: FitResult, best: FitFile, voice: Voice): string[] {
  const { say } = voice;
  const pruned = result.files.filter((file) => !isPlain(file, result.nExpert) && file.inside !== null);
  if (pruned.length === 0) return best.type === null ? [say('findings.fit.nothingPruned')] : [];
  const [first] = pruned.toSorted((a, b) => ratioOf(a) - ratioOf(b));
  if (first === undefined) return [];
  const over =
    first.isContender || first.overLeader === null ? say('findings.fit.same') : differenceText(first.overLeader, voice);
  const words = { file: fileText(first, result.nExpert, say), inside: over };
  return [say(mayGain(first) ? 'findings.fit.prunedUnclear' : 'findings.fit.pruned', words)];
}

/** Whether a file may be better than the leader by more than what counts as equal. The leader itself, where another is best, is equal to that. */
function mayGain({ isContender, overLeader }: FitFile): boolean {
  return isContender && overLeader !== null && (overLeader.low === null || overLeader.low < 1 / EQUAL_BELOW);
}

function ratioOf({ inside }: FitFile): number {
  return inside?.value ?? Infinity;
}

/** How one file compares with another: measurably worse or better, by so much; or neither. */
function differenceText({ value, low, high }: PublishedInterval, { language, say }: Voice): string {
  if (low === null || high === null || (low <= 1 && high >= 1)) return say('findings.fit.same');
  const { unit, loss } = spokenLoss(value > 1 ? value : 1 / value, language);
  return say(`findings.fit.${value > 1 ? 'worse' : 'better'}.${unit}`, { loss });
}
