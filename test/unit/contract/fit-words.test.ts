// What the search for the best file found, in words.
import { expect, test } from 'vitest';
import type { FitFile, FitResult } from '../../../electron/contract/fit.ts';
import { voiceIn } from '../../../electron/contract/text/words.ts';
import { fitSentence } from '../../../electron/contract/fit-words.ts';

const en = await voiceIn('en');
const ja = await voiceIn('ja');

const known = (value: number, low: number, high: number) => ({ value, low, high });

function file(keep: number, type: string | null, more: Partial<FitFile> = {}): FitFile {
  return {
    ...{ keep, type, activeExperts: null, bytes: 11_200_000_000, memoryBytes: 11_900_000_000 },
    ...{ inside: known(1.01, 1, 1.02), outside: known(2, 1.9, 2.1), klMean: null, top1: null },
    ...{ overLeader: null, isContender: false, answers: null },
    ...more,
  };
}

const leads = { isContender: true };
const pruned = file(96, 'Q4_K_M', leads);
const plain = file(128, 'Q3_K_M', { overLeader: known(1.04, 1.03, 1.05) });

function result(more: Partial<FitResult>): FitResult {
  return {
    ...{ modelName: 'm', fullBytes: 60e9, sourceType: 'F16', nExpert: 128, domain: 'law', isOnDemos: false },
    ...{
      budgetBytes: 12e9,
      ctx: 8192,
      files: [plain, pruned],
      best: 1,
      plain: 0,
      written: null,
      seconds: 1,
      perplexity: 10,
      tokens: 4000,
    },
    plainOver: { inside: known(1.04, 1.03, 1.05), outside: known(1 / 3, 0.3, 0.36) },
    ended: 'decided',
    ...more,
  };
}

test('fewer experts are best: what a file with all of them would cost and save', () => {
  expect(fitSentence(result({}), en)).toBe(
    'For 12.0 GB: 96 of 128 experts at Q4_K_M (11.2 GB). A plain Q3_K_M of that size is 4% worse in the domain and 3.0 times better outside it.',
  );
  expect(fitSentence(result({}), ja)).toBe(
    '12.0 GB の場合：128 個中 96 個のエキスパート、Q4_K_M（11.2 GB）。同じサイズのモデル全体の Q3_K_M 量子化は、ドメイン内：4% 悪化、ドメイン外：3.0 倍改善。',
  );
});

test('a difference that chance explains is none', () => {
  const plainOver = { inside: known(1.01, 0.99, 1.03), outside: null };
  expect(fitSentence(result({ plainOver }), en)).toContain(
    'A plain Q3_K_M of that size is not measurably different in the domain.',
  );
  const alone = { inside: { value: 1.3, low: null, high: null }, outside: null };
  expect(fitSentence(result({ plainOver: alone }), en)).toContain('not measurably different');
});

test('all experts are best: pruning gains nothing', () => {
  const files = [file(128, 'Q3_K_M', leads), file(96, 'Q4_K_M', { overLeader: known(1.08, 1.05, 1.1) })];
  const best = { files, best: 0, plain: 0, plainOver: null };
  expect(fitSentence(result(best), en)).toBe(
    'For 12.0 GB: all 128 experts at Q3_K_M (11.2 GB). Pruning gains nothing at this size: 96 of 128 experts at Q4_K_M are 8% worse in the domain.',
  );
  // the same where the pruned file leads by chance alone
  const tied = [file(128, 'Q3_K_M', { ...leads, overLeader: known(1.001, 0.99, 1.01) }), pruned];
  expect(fitSentence(result({ ...best, files: tied, ended: 'texts' }), en)).toMatch(
    /96 of 128 experts at Q4_K_M are not measurably different in the domain\. These texts cannot tell 2 files apart/,
  );
  // a pruned file that may be better than the plain one: not significant is not equal
  const open = [file(128, 'Q3_K_M', leads), file(96, 'Q4_K_M', { ...leads, overLeader: known(0.99, 0.97, 1.01) })];
  expect(fitSentence(result({ ...best, files: open, ended: 'texts' }), en)).toContain(
    'Whether pruning gains anything at this size is not decided: 96 of 128 experts at Q4_K_M are not measurably different',
  );
});

test('no file with all experts fits', () => {
  expect(fitSentence(result({ files: [pruned], best: 0, plain: null, plainOver: null }), en)).toBe(
    'For 12.0 GB: 96 of 128 experts at Q4_K_M (11.2 GB). No file with all experts is that small.',
  );
});

test('the model fits as it is', () => {
  const files = [file(128, null, leads)];
  expect(fitSentence(result({ files, best: 0, plain: 0, plainOver: null }), en)).toBe(
    'For 12.0 GB: all 128 experts, not quantised further (11.2 GB). Nothing needs to be pruned.',
  );
});

test('that time was up is said, in any language that it is written in', async () => {
  expect(fitSentence(result({ ended: 'time' }), en)).toMatch(/Time was up before it was certain\.$/);
  expect(fitSentence(result({ ended: 'time' }), await voiceIn('ja-JP'))).toMatch(/時間切れになりました。$/);
  expect(fitSentence(result({ ended: 'time' }), await voiceIn('de'))).toMatch(/^For 12\.0 GB/);
});

test('a lowered count of active experts is said, and its file stands beside the plain one', () => {
  const files = [plain, file(128, 'Q3_K_M', { ...leads, activeExperts: 6 })];
  expect(fitSentence(result({ files }), en)).toMatch(
    /^For 12\.0 GB: all 128 experts at Q3_K_M, 6 active \(11\.2 GB\)\. A plain Q3_K_M of that size is 4% worse/,
  );
  expect(fitSentence(result({ files }), ja)).toContain('全 128 エキスパート、Q3_K_M、トークンあたり 6 個（11.2 GB）');
});
