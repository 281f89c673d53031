// The report: everything from outside is text, nothing is fetched, and its figures are those that went in.
import { describe, expect, test } from 'vitest';
import type { StoredComparison } from '../../../electron/engine/evaluation/stored-comparison.ts';
import { heatmapSvg } from '../../../electron/engine/report/page/heatmap-svg.ts';
import { escapeText, html } from '../../../electron/engine/report/page/html.ts';
import { numberFormats } from '../../../electron/engine/report/page/numbers.ts';
import { reportPage } from '../../../electron/engine/report/page/page.ts';
import type { ReportContent } from '../../../electron/engine/report/report-content.ts';
import { planSettingsSchema } from '../../../electron/engine/selection/plan-settings.ts';
import { MODEL } from '../store/tiny-run.ts';

/** Tries to be a tag, an attribute, a comment, a style and a script. */
const EVIL = `<script>alert(1)</script><img src=x onerror=alert(1)>"'>--></style></title>\u0000&amp;`;

const kept = [
  [0, 3],
  [1, 2],
  [4, 7],
];

function comparison(id: number, change: Partial<StoredComparison['settings']>, kl?: number): StoredComparison {
  return {
    id,
    createdMs: id,
    settings: {
      variant: { kind: 'preview', planId: 1, criterion: null, keep: null, mix: null },
      label: `variant ${id}`,
      full: { name: 'Tiny', fingerprint: MODEL.fingerprint },
      fingerprint: MODEL.fingerprint,
      planId: 1,
      text: { id: 1, name: 'held-out.txt', domain: 'math', hash: 'a'.repeat(64) },
      inDomain: true,
      ...change,
    },
    result: {
      ...{ perplexity: 10, nll: Math.log(10), nllStderr: 0.0123, tokens: 12345, ctx: 512, chunks: 4 },
      ...(kl !== undefined && { klMean: kl, klMeanStderr: 0.0021, klP99: 2.5, top1Agreement: 0.9, top1Stderr: 0.0027 }),
    },
  };
}

function content(change: Partial<ReportContent> = {}): ReportContent {
  const settings = planSettingsSchema.parse({
    demos: [{ domain: 'math', demos: ['a:1'], tokens: 10, hash: 'b'.repeat(64) }],
  });
  return {
    madeMs: Date.UTC(2026, 0, 2),
    version: '1.2.3',
    llama: 'v0.4.0',
    model: MODEL,
    plan: {
      name: 'math 2/8',
      criterion: 'easy-ep',
      settings,
      kept,
      sources: settings.demos.map((source) => ({ ...source, settings: { nUbatch: '2048', devices: '' } })),
      matrix: { nLayers: 3, nExpert: 8, scores: Float64Array.from({ length: 24 }, (_, i) => i) },
      retained: [0.5, 0.25, 0.75],
    },
    evaluations: [comparison(2, {}, 0.05), comparison(1, { label: 'Tiny, full', planId: null, inDomain: null })],
    file: null,
    ...change,
  };
}

describe('markup', () => {
  test('what is put into a template is text, what a template made is markup', () => {
    const inner = html`<b>${EVIL}</b>`;
    const page = html`<p title="${EVIL}">${[inner, null, 3, ['<', html`<i></i>`]]}</p>`.text;
    expect(page).toBe(`<p title="${escapeText(EVIL)}"><b>${escapeText(EVIL)}</b>3&lt;<i></i></p>`);
    expect(escapeText(EVIL)).not.toMatch(/[<>"'\0]/);
    expect(escapeText('a & b\tc\nd 日本語')).toBe('a &amp; b\tc\nd 日本語');
  });
});

describe('the page', () => {
  test.each(['en', 'ja'])('in %s, names from outside are never markup', (language) => {
    const { plan } = content();
    const text = { id: 1, name: EVIL, domain: EVIL, hash: EVIL };
    const page = reportPage(
      content({
        version: EVIL,
        model: { ...MODEL, name: EVIL, path: `/m/${EVIL}`, arch: EVIL, fileType: EVIL, fingerprint: EVIL },
        plan: plan && {
          ...plan,
          name: EVIL,
          sources: [{ domain: EVIL, demos: [EVIL], tokens: 1, hash: EVIL, settings: { [EVIL]: EVIL } }],
        },
        evaluations: [comparison(1, { label: EVIL, text })],
        file: {
          ...{ id: 1, modelId: 1, outputPath: `/out/${EVIL}`, bytes: 5, sha256: EVIL, seconds: 1, state: 'done' },
          ...{ startedMs: 0, finishedMs: 1, plan: { keep: 2, files: [EVIL, EVIL], planId: 1, domains: [EVIL] } },
        },
      }),
      language,
    );
    expect(page).not.toMatch(/<script|<img|onerror=alert\(1\)>|--><|\0/);
    expect(page.match(/<\/style>/g)).toHaveLength(1);
    expect(page.match(/<\/title>/g)).toHaveLength(1);
    expect(page.split(escapeText('<script>alert(1)</script>')).length).toBeGreaterThan(10);
  });

  test('needs nothing from outside, and lets nothing in', () => {
    const page = reportPage(content(), 'en');
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(page).not.toMatch(/<(script|link|img|iframe|object|embed|base|form)\b|@import|url\((?!#)|\b(src|href)=/i);
  });

  test('says the figures, the full model first, in and out of the domain', () => {
    const french = { id: 2, name: 'french.txt', domain: 'french', hash: 'c'.repeat(64) };
    const evaluations = [...content().evaluations, comparison(3, { text: french, inDomain: false }, 1.5)];
    const page = reportPage(content({ evaluations }), 'en');
    expect(page).toContain('10.00 ± 0.12');
    expect(page).toContain('0.0500 ± 0.0021');
    expect(page).toContain('90.00 ± 0.27 %');
    expect(page).toContain('12,345 tokens scored');
    expect(page).toContain('50.0 % on average, 25.0 % in the worst layer');
    expect(page).toContain('2 of 8 experts in each layer');
    expect(page.indexOf('Tiny, full')).toBeLessThan(page.indexOf('variant 2'));
    const out = page.indexOf('Out of the domain');
    expect(page.indexOf('held-out.txt')).toBeLessThan(out);
    expect(page.indexOf('french.txt')).toBeGreaterThan(out);
    for (const hash of [MODEL.fingerprint, 'a'.repeat(64), 'b'.repeat(64), 'c'.repeat(64)])
      expect(page).toContain(hash);
  });

  test('a plan alone makes a report; so do measurements alone; an unknown language is English', () => {
    expect(reportPage(content({ evaluations: [] }), 'fr')).toContain('Nothing was measured.');
    const page = reportPage(content({ plan: null }), 'constructor');
    expect(page).toContain('<html lang="en">');
    expect(page).toContain('In the domain');
    expect(page).not.toContain('<svg');
    expect(reportPage(content(), 'ja-JP')).toContain('<html lang="ja-JP">');
    expect(reportPage(content(), 'ja-!!')).toContain('<html lang="ja">');
  });
});

describe('the heatmap', () => {
  const panel = { title: EVIL, rowLabels: [EVIL, '1', '2'], nExpert: 8, kept, matrix: null, retained: null };
  const legend = { low: EVIL, high: 'high', kept: 'kept', dropped: 'dropped' };
  const draw = (change: Partial<Parameters<typeof heatmapSvg>[0][number]> = {}): string =>
    heatmapSvg([{ ...panel, ...change }], { label: EVIL, legend, paper: null, id: 'x' });

  test('every expert is one square, kept ones in colour', () => {
    const svg = draw();
    const squares = (look: RegExp): number =>
      [...svg.matchAll(look)].reduce((sum, match) => sum + (match[1]?.match(/z/g)?.length ?? 0), 0);
    expect(squares(/<path fill="#[^"]*" d="([^"]*)"/g)).toBe(6);
    expect(squares(/<path fill-opacity="[^"]*" d="([^"]*)"/g)).toBe(18);
    expect(svg).not.toMatch(/<script|<img|"'>/);
  });

  test('the highest score of a layer has the brightest colour, the worst layer its figure', () => {
    const scores = new Float64Array(24);
    scores[3] = 5;
    const svg = draw({
      matrix: { nLayers: 3, nExpert: 8, scores },
      retained: { shares: [1, 0.5, 0.75], label: 'retained' },
    });
    expect(svg.match(/fill="#fee838" d="M(\d+) /)?.[1]).toBe(String(84 + 3 * 20));
    expect(svg).toContain('50.0%');
    expect(svg).not.toContain('75.0%');
  });

  test('stays small for the largest models', () => {
    const all = Array.from({ length: 61 }, () => Array.from({ length: 192 }, (_, i) => 2 * i));
    const svg = draw({ nExpert: 384, kept: all, rowLabels: all.map((_, i) => `block ${i}`) });
    expect(svg.length).toBeLessThan(500_000);
  });
});

test('numbers are rounded where their error begins', () => {
  const { withError, percentWithError, bytes } = numberFormats('en');
  expect(withError(4.3141, 0.1234)).toBe('4.31 ± 0.12');
  expect(withError(1234.5, 56)).toBe('1,235 ± 56');
  expect(withError(0.00123, 0.000041)).toBe('0.001230 ± 0.000041');
  expect(withError(0, 0)).toBe('0.00 ± 0.00');
  expect(percentWithError(0.913, 0.0021)).toBe('91.30 ± 0.21 %');
  expect(bytes(9.44e9)).toBe('9.4 GB');
  expect(numberFormats('de').withError(4.31, 0.12)).toBe('4,31 ± 0,12');
});
