// What the search for the best file found, in words.
import { expect, test } from 'vitest';
import type { FitFile, FitResult } from '../../../electron/contract/fit.ts';
import { loadLocale } from '../../../electron/contract/text/i18n.ts';
import {
  demosText,
  fitBeside,
  fitHow,
  fitLosses,
  fitOffer,
  fitSentence,
} from '../../../electron/contract/fit-texts.ts';

const en = await loadLocale('en');
const ja = await loadLocale('ja');

const known = (value: number, low: number, high: number) => ({ value, low, high });
/** Nats whose exponentials are these. */
const nats = (...[value, low, high]: Parameters<typeof known>) => known(Math.log(value), Math.log(low), Math.log(high));

function file(keep: number, type: string | null, more: Partial<FitFile> = {}): FitFile {
  return {
    keep,
    type,
    mix: null,
    width: null,
    bytes: 11_200_000_000,
    memoryBytes: 11_900_000_000,
    inside: known(1.01, 1, 1.02),
    outside: known(2, 1.9, 2.1),
    klMean: null,
    klOutside: null,
    top1: null,
    isContender: false,
    confirmed: null,
    repair: null,
    ...more,
  };
}

const leads = { isContender: true };
const pruned = file(96, 'Q4_K_M', leads);
const plain = file(128, 'Q3_K_M');

function result(more: Partial<FitResult>): FitResult {
  return {
    modelName: 'm',
    fullBytes: 60e9,
    sourceType: 'F16',
    nExpert: 128,
    domain: 'law',
    isOnDemos: false,
    budgetBytes: 12e9,
    ctx: 8192,
    files: [plain, pruned],
    best: 1,
    plain: 0,
    written: null,
    seconds: 1,
    perplexity: 10,
    tokens: 4000,
    contradicts: false,
    searchedTokens: 4000,
    cutDemos: null,
    way: null,
    demos: null,
    over: { file: 0, inside: nats(1.04, 1.03, 1.05), outside: nats(1 / 3, 0.3, 0.36) },
    ended: 'decided',
    ...more,
  };
}

test('fewer experts are best: what a file with all of them would cost and save', () => {
  expect(fitSentence(result({}), en)).toBe(
    'For 12.0 GB: 96 of 128 experts at Q4_K_M (11.2 GB). A plain Q3_K_M of that size is 4% worse in the domain and 3.0 times better outside it. If other work matters too, consider that one.',
  );
  expect(fitSentence(result({}), ja)).toBe(
    '12.0 GB の場合：128 個中 96 個のエキスパート、Q4_K_M（11.2 GB）。同じサイズのモデル全体の Q3_K_M 量子化は、ドメイン内では4% 悪化、ドメイン外では3.0 倍改善です。ほかの用途にも使うなら、そちらも検討してください。',
  );
});

test('a difference that chance explains is none, and that more text may decide is said', () => {
  const over = { file: 0, inside: nats(1.01, 0.99, 1.03), outside: null };
  expect(fitSentence(result({ over }), en)).toBe(
    'For 12.0 GB: 96 of 128 experts at Q4_K_M (11.2 GB). A plain Q3_K_M of that size is not measurably different in the domain. More text may decide that.',
  );
  expect(fitSentence(result({ over }), ja)).toMatch(/決めるには、もっと多くのテキストが必要です。$/);
  const alone = { ...over, inside: { value: 0.3, low: null, high: null } };
  expect(fitSentence(result({ over: alone }), en)).toMatch(
    /not measurably different in the domain\. More text may decide that\.$/,
  );
  // where time was up, that is what is missing
  expect(fitSentence(result({ over, ended: 'time' }), en)).not.toContain('More text');
});

const plainBest = { files: [file(128, 'Q3_K_M', leads), file(96, 'Q4_K_M')], best: 0, plain: 0 };
const besidePruned = (inside: NonNullable<FitResult['over']>['inside']) => ({
  ...plainBest,
  over: { file: 1, inside, outside: null },
});

test('all experts are best: what pruning gains at most', () => {
  expect(fitSentence(result(besidePruned(nats(1.08, 1.05, 1.1))), en)).toBe(
    'For 12.0 GB: all 128 experts at Q3_K_M (11.2 GB). Pruning gains at most 1% at this size: 96 of 128 experts at Q4_K_M are 8% worse in the domain.',
  );
  // the same where the two are shown to be equal
  expect(fitSentence(result(besidePruned(nats(1, 0.992, 1.008))), en)).toMatch(
    /Pruning gains at most 1% at this size: 96 of 128 experts at Q4_K_M are not measurably different in the domain\.$/,
  );
  // a pruned file that may be better than the plain one: not significant is not equal
  expect(fitSentence(result(besidePruned(nats(0.99, 0.97, 1.01))), en)).toMatch(
    /Whether pruning helps at this size is undecided: 96 of 128 experts at Q4_K_M are not measurably different in the domain\. More text may decide that\.$/,
  );
});

test('a search that is contradicted says so', () => {
  expect(fitSentence(result({ ...besidePruned(nats(1.08, 1.05, 1.1)), contradicts: true }), en)).toMatch(
    /are 8% worse in the domain\. On the text that the search has seen, 96 of 128 experts at Q4_K_M looked better; on the text that it has not seen, they lose more\.$/,
  );
});

test('files that the search could not tell apart are counted, where the best is shown to be so', () => {
  const files = [plain, pruned, file(90, 'Q5_K_M', leads)];
  expect(fitSentence(result({ files, ended: 'texts' }), en)).toMatch(
    /These texts cannot tell 2 files apart in the domain\. More text may decide that\.$/,
  );
});

test('what a repair gave is said, or that it gave nothing clear', () => {
  const repair = { before: 0.02627, after: 0.0207, demos: 6, isKept: true };
  const said = (isKept: boolean): string =>
    fitSentence(result({ files: [plain, { ...pruned, repair: { ...repair, isKept } }] }), en);
  expect(said(true)).toContain('repaired: KL divergence 0.0263 → 0.0207 nats on 6 demos that it was not fitted to.');
  expect(said(false)).toContain('is not clearly better (KL divergence 0.0263 → 0.0207 nats on 6 demos');
});

test('demos that were cut are said', () => {
  expect(fitSentence(result({ cutDemos: { cut: 3, of: 25, tokens: 64 } }), en)).toMatch(
    / 3 of 25 demos were cut to 64 tokens before experts were chosen by them\.$/,
  );
});

const mix = { gateUp: 'iq2_s', down: 'iq4_nl', attention: 'q5_K', embedding: 'q6_K' } as const;

test('no file with all experts fits: of any kind where mixes were looked for, else of the types that were asked for', () => {
  const alone = { best: 0, plain: null, over: null };
  expect(fitSentence(result({ ...alone, files: [file(96, 'IQ2_S', { mix })] }), en)).toBe(
    'For 12.0 GB: 96 of 128 experts, gate+up IQ2_S, down IQ4_NL, attention Q5_K, embedding Q6_K (11.2 GB). No file with all experts is that small.',
  );
  expect(fitSentence(result({ ...alone, files: [pruned] }), en)).toBe(
    'For 12.0 GB: 96 of 128 experts at Q4_K_M (11.2 GB). None of these types makes a file with all experts that small.',
  );
});

test('of a file with all experts that there was no time to measure nothing is said', () => {
  const files = [pruned, { ...plain, inside: null }];
  const sentence = fitSentence(result({ files, best: 0, plain: null, over: null, ended: 'time' }), en);
  expect(sentence).toBe(
    'For 12.0 GB: 96 of 128 experts at Q4_K_M (11.2 GB). Time ran out before there was a clear winner.',
  );
});

test('the model fits as it is', () => {
  const files = [file(128, null, leads)];
  expect(fitSentence(result({ files, best: 0, plain: 0, over: null }), en)).toBe(
    'For 12.0 GB: all 128 experts, not quantised further (11.2 GB). Nothing needs to be pruned.',
  );
});

test('that time was up is said, in any language that it is written in', async () => {
  expect(fitSentence(result({ ended: 'time' }), en)).toMatch(/Time ran out before there was a clear winner\.$/);
  expect(fitSentence(result({ ended: 'time' }), await loadLocale('ja-JP'))).toMatch(/時間切れになりました。$/);
  expect(fitSentence(result({ ended: 'time' }), await loadLocale('de'))).toMatch(/^For 12\.0 GB/);
});

test('what the best file costs is said with its interval, on the work and elsewhere', () => {
  // as it was confirmed, not as the search saw it
  const costs = (inside: FitFile['inside'], outside: FitFile['outside'], locale = en) => {
    const confirmed = { inside, outside, klMean: null, klOutside: null, top1: known(0.9349, 0.92, 0.95) };
    return fitLosses(result({ files: [plain, file(96, 'Q4_K_M', { ...leads, confirmed })] }), locale);
  };
  expect(costs(known(1.03, 1.01, 1.05), known(1.25, 1.17, 1.36))).toBe(
    'Of 100 tokens on your work, 93 are the ones that the model would choose. At predicting text, 3% worse (1% to 5%) on your work, 25% worse (17% to 36%) on other text.',
  );
  expect(costs(known(1.03, 1.01, 1.05), known(2.4, 1.9, 2.8), ja)).toBe(
    'あなたの用途では、100 トークンのうち 93 個がモデルの選ぶものと同じです。テキストの予測は、あなたの用途では3% 悪化（1%～5%）、ほかのテキストでは2.4 倍悪化（1.9～2.8）。',
  );
  expect(costs(known(1.01, 0.99, 1.02), null)).toMatch(
    / At predicting text, no measurable loss \(at most 2%\) on your work\.$/,
  );
  // a perplexity below the model's own is told as what it is
  expect(costs(known(0.9, 0.8, 0.95), null)).toMatch(
    / At predicting text, 11% lower perplexity \(a change, not a gain\) on your work\.$/,
  );
});

test('the model as it is loses nothing', () => {
  expect(fitLosses(result({ files: [file(128, null), pruned], best: 0 }), en)).toBe('Nothing is lost.');
});

test('how experts were chosen is said where measuring took another way than the usual one', () => {
  const usual = { criterion: 'easy-ep', grouping: 'ungrouped' } as const;
  const even = { ...usual, grouping: 'balanced' } as const;
  const reap = { ...even, criterion: 'reap' } as const;
  const ways = [
    { ...usual, kl: 0.075 },
    { ...even, kl: 0.027 },
    { ...reap, kl: 0.021 },
  ];
  const taking = (way: typeof usual | typeof even | typeof reap): string =>
    fitSentence(result({ way: { ...way, measured: { keep: 92, ways } } }), en);
  const grouped =
    'It keeps the same number of experts in each of the router’s groups: with 92 of 128 experts, that is nearer to the model than a choice without groups (KL divergence 0.0750 → 0.0270 nats before quantising).';
  expect(taking(reap)).toMatch(
    new RegExp(
      `${RegExp.escape(grouped)} Its experts are chosen by the criterion REAP: with 92 of 128 experts, that is nearer to the model than EASY-EP \\(KL divergence 0\\.0270 → 0\\.0210 nats before quantising\\)\\.$`,
    ),
  );
  expect(taking(even)).toMatch(new RegExp(`${RegExp.escape(grouped)}$`));
  expect(taking(usual)).toBe(fitSentence(result({}), en));
  // a file with all experts has none that were chosen
  const whole = result({ best: 0, over: null, way: { ...reap, measured: { keep: 92, ways } } });
  expect(fitSentence(whole, en)).not.toContain('REAP');
});

test('a file that takes much less than it may says why, where larger ones were measured', () => {
  const why = 'It needs less than you allow, since larger files were not measurably better on your work.';
  const small = { ...pruned, bytes: 5e9, memoryBytes: 6e9 };
  expect(fitBeside(result({ files: [plain, small] }), en)).toContain(why);
  expect(fitBeside(result({ files: [{ ...plain, inside: null }, small] }), en)).not.toContain(why);
  expect(fitBeside(result({}), en)).not.toContain(why);
});

test('a file that is clearly better elsewhere is an offer of its own, a little better one is not', () => {
  const beside = (value: number, low: number, high: number) =>
    result({ over: { file: 0, inside: nats(1.01, 1.004, 1.016), outside: nats(value, low, high) } });
  const better = beside(0.8, 0.75, 0.85);
  expect(fitBeside(better, en)).toBe('');
  expect(fitOffer(better, en)).toBe(
    'Do you use it for other work, too? Compared with this file, 128 experts, 3-bit (11.2 GB) are 25% better on other text and 1% worse on your work.',
  );
  expect(fitOffer(better, ja)).toMatch(
    /^ほかの用途にも使いますか？ エキスパート 128 個、3 ビット（11\.2 GB）は、.*25% 改善、あなたの用途では1% 悪化です。/,
  );
  expect(fitOffer(beside(0.97, 0.94, 1.001), en)).toBeNull();
  expect(fitBeside(beside(0.97, 0.94, 1.001), en)).toMatch(/^A plain Q3_K_M of that size is 1% worse/);
  // where time was up, that is what is missing
  expect(fitBeside({ ...better, ended: 'time' }, en)).toBe('Time ran out before there was a clear winner.');
  expect(fitOffer({ ...better, ended: 'time' }, en)).not.toContain('More text');
  // the model as it is needs no writing
  const files = [file(128, null), pruned];
  expect(fitOffer({ ...better, files }, en)).toBeNull();
  expect(fitBeside({ ...better, files }, en)).toContain('If other work matters too, consider that one.');
  // beside a plain file nothing was said of other text
  const over = { file: 1, inside: nats(1.08, 1.05, 1.1), outside: nats(0.8, 0.75, 0.85) };
  expect(fitSentence(result({ ...plainBest, over }), en)).toMatch(
    /8% worse in the domain\. On other text that one is 25% better: consider it if other work matters too\.$/,
  );
});

test('what only experts of the matter ask for stands apart', () => {
  const repair = { before: 0.02627, after: 0.0207, demos: 6, isKept: true };
  const repaired = result({ files: [plain, { ...pruned, repair }] });
  expect(fitBeside(repaired, en)).not.toContain('KL');
  expect(fitHow(repaired, en)).toContain('KL divergence 0.0263 → 0.0207 nats');
});

test('demos that choose no expert are accounted for', () => {
  const words = (scored: number, aside: number, isOnDemos: boolean) =>
    demosText({ demos: { scored, aside }, isOnDemos }, en);
  expect(words(20, 20, true)).toBe('20 of your 40 demos choose the experts; the other 20 measure the files.');
  expect(words(36, 4, false)).toBe(
    '36 of your 40 demos choose the experts; 4 are set aside so that answers can be checked on them.',
  );
  expect(words(30, 0, false)).toBeNull();
  expect(demosText({ demos: null, isOnDemos: true }, en)).toBeNull();
});
