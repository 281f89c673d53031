// The report's page: everything from outside is text, nothing is fetched, and its figures are those that went in.
import { describe, expect, test } from 'vitest';
import { reportFileSchema, type ReportFile } from '../../../electron/contract/report-file.ts';
import { heatmapSvg } from '../../../electron/engine/report/page/heatmap-svg.ts';
import { escapeText, html } from '../../../electron/engine/report/page/html.ts';
import { numberFormats } from '../../../electron/engine/report/page/numbers.ts';
import { reportPage } from '../../../electron/engine/report/page/page.ts';
import { magnitudeColour } from '../../../renderer/heatmap/colour.ts';
import { sampleReport } from './sample-report.ts';

/** Tries to be a tag, an attribute, a comment, a style and a script, and to turn the line round. */
const EVIL = `<script>alert(1)</script><img src=x onerror=alert(1)>"'>--></style></title></bdi>\u0000&amp;\u202Eevil`;

/** The report with every free text replaced; what its form prescribes, such as kinds and times, stays. */
function hostile(report: ReportFile): ReportFile {
  const withText = (value: unknown, path: readonly string[]): unknown => {
    if (typeof value === 'object' && value !== null)
      return mapMembers(value, (member, key) => withText(member, [...path, key]));
    if (typeof value !== 'string') return value;
    // equal texts stay equal, different ones different
    return reportFileSchema.safeParse(replaceAt(report, path)).success ? `${EVIL}${value}` : value;
  };
  return reportFileSchema.parse(withText(report, []));
}

function replaceAt(value: unknown, [wanted, ...rest]: readonly string[]): unknown {
  if (wanted === undefined || typeof value !== 'object' || value === null) return EVIL;
  return mapMembers(value, (member, key) => (key === wanted ? replaceAt(member, rest) : member));
}

function mapMembers(value: object, map: (member: unknown, key: string) => unknown): unknown {
  const members = Object.entries(value).map(([key, member]): [string, unknown] => [key, map(member, key)]);
  return Array.isArray(value) ? members.map(([, member]) => member) : Object.fromEntries(members);
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
  test.each(['en', 'ja'])('in %s, texts from outside are never markup', async (language) => {
    const plain = sampleReport();
    const report = hostile(plain);
    expect(report.plan?.sources[0]?.demos[0]?.id).toBe(`${EVIL}a.jsonl:1`);
    expect(report.summary.verdict.grade).toBe(plain.summary.verdict.grade);
    const page = await reportPage(report, language);
    expect(page).not.toMatch(/<script|<img|onerror=alert\(1\)>|--><|\0/);
    const tags = (text: string): string[] => text.match(/<[a-z/][^>]*>/g) ?? [];
    // the same elements, whatever the texts say
    expect(tags(page).map((tag) => tag.replace(/"[^"]*"/g, '""'))).toEqual(
      tags(await reportPage(plain, language)).map((tag) => tag.replace(/"[^"]*"/g, '""')),
    );
    expect(page.split(escapeText('<script>alert(1)</script>')).length).toBeGreaterThan(15);
  });

  test('what turns the line round stays in its own place', async () => {
    const page = await reportPage({ ...hostile(sampleReport()), made_by: sampleReport().made_by }, 'en');
    // a name and its value are blocks of their own already
    const isolated = ['bdi', 'code', 'title', 'text', 'dt', 'dd', 'div', 'li'];
    const turned = [...page.matchAll(/<(\w+)[^<>]*>[^<>]*\u202E/g)].map(([, element]) => element);
    expect(turned.length).toBeGreaterThan(10);
    expect(turned.filter((element) => !isolated.includes(element ?? ''))).toEqual([]);
  });

  test('needs nothing from outside, and lets nothing in', async () => {
    const page = await reportPage(sampleReport(), 'en');
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(page).not.toMatch(/<(script|link|img|iframe|object|embed|base|form)\b|@import|url\((?!#)|\b(src|href)=/i);
  });

  test('shows the data and nothing else: what went through a file makes the same page', async () => {
    const report = sampleReport();
    const read = reportFileSchema.parse(JSON.parse(JSON.stringify(report)));
    expect(await reportPage(read, 'ja')).toBe(await reportPage(report, 'ja'));
  });

  test('says first what was kept, what it costs and what to be careful about', async () => {
    const page = await reportPage(sampleReport(), 'en');
    const first = page.slice(0, page.indexOf('<h2>Ways to choose, compared'));
    expect(first).toContain('Loops, in domain');
    expect(first).toContain('full model 2.0 %');
    const said = first.slice(0, first.indexOf('class="tiles"')).replaceAll(/<[^>]*>/g, '');
    expect(said.replaceAll(/\s+/g, ' ')).toContain(
      'Usable for math, with some loss. Don’t use it for anything else. 4.7 GB instead of 9.4 GB. Perplexity on math: 25% worse (22% to 28%). Perplexity on french: 2.5 times worse.',
    );
    expect(first).toContain('class="red">Perplexity on french: 2.5 times worse.');
    expect(first).toContain('2 of 8');
    expect(first).toContain('9.4 GB, −50.0 %');
    expect(first).toContain('+25.0 %');
    expect(first).toContain('95 % interval +22.0 – +28.0 %');
    expect(first).toContain('8.00 → 10.00');
    expect(first).toContain('1.250 × the full model’s');
    expect(first).toContain('× 2.50');
    expect(first).toContain('top-1 agreement 90.0 %');
    expect(first.match(/<li>/g)).toHaveLength(12);
  });

  test('compares ways to choose, by figures and by dots on one scale', async () => {
    const page = await reportPage(sampleReport(), 'en');
    const part = page.slice(page.indexOf('<h2>Ways to choose'), page.indexOf('<h2>What it writes'));
    expect(part).toContain('Preview, frequency, 2 of 8');
    expect(part).toContain('1 of 2 texts, 12,345 tokens scored');
    const dots = [...part.matchAll(/<circle cx="([\d.]+)"/g)].map(([, x]) => Number(x));
    const lines = [...part.matchAll(/class="full" d="M([\d.]+) /g)].map(([, x]) => Number(x));
    const at = (ratio: number): number => 5 + (150 * Math.log(ratio)) / Math.log(2.6);
    expect(dots).toEqual([1.25, 1.25, 2.5].map((ratio) => Number(at(ratio).toFixed(1))));
    expect(lines).toEqual([5, 5, 5]);
    const [alone] = sampleReport().compared;
    expect(await reportPage(sampleReport({ compared: alone ? [alone] : [] }), 'en')).not.toContain('Ways to choose');
  });

  test('says the figures by text, the full model first, in and out of domain', async () => {
    const page = await reportPage(sampleReport(), 'en');
    const tables = page.slice(page.indexOf('Measurements by text'));
    expect(tables).toContain('10.00<small>9.76 – 10.24</small>');
    expect(tables).toContain('0.0500<small>0.0458 – 0.0542</small>');
    expect(tables).toContain('90.00 %<small>89.47 – 90.53 %</small>');
    expect(tables).toContain('math · 12,345 tokens scored · context 512 · intervals over 49 chunks');
    expect(tables.indexOf('Full model')).toBeLessThan(tables.indexOf('Preview, easy-ep, 2 of 8'));
    const out = tables.indexOf('Out of domain');
    expect(tables.indexOf('held-out.txt')).toBeLessThan(out);
    expect(tables.indexOf('french.txt')).toBeGreaterThan(out);
    expect(page).toContain('50.0 % on average, 25.0 % in the worst layer');
    for (const letter of 'abcdef9') expect(page).toContain(letter.repeat(64));
  });

  test('says what goes wrong in what is written, what so many prompts can show, and examples', async () => {
    const page = await reportPage(sampleReport(), 'en');
    const part = page.slice(page.indexOf('<h2>What it writes'), page.indexOf('<h2>Selection of experts'));
    expect(part).toContain('math · 100 prompts · In domain · greedy · at most 256 tokens');
    expect(part).toContain('6.0 %<small>3 – 53 %</small><small>+4.0 points (+1 – +8)</small>');
    expect(part).not.toContain('Right answers');
    expect(part).toContain('× 1.25 (1.1 – 1.4)');
    expect(part).toContain('doubles from 2.0 % to 4.0 % with a probability of 7.0 %. Four times out of five');
    expect(part).toContain('It takes about 1,141 prompts');
    const examples = page.slice(page.indexOf('<h2>Examples side by side'));
    expect(examples).toContain(
      'loops: “so” × 85.3 · hits the limit · broken JSON: Unexpected end · no answer, expected 4',
    );
    expect(examples).toContain('… What is 2 + 2?');
    expect(examples).toContain('so so so …');
    expect(await reportPage(sampleReport({ generations: [] }), 'en')).not.toContain('What it writes');
  });

  test('a plan alone makes a report, a file of an unknown mask too; an unknown language is English', async () => {
    const nothing = { in_domain: null, out_of_domain: null, unknown_domain: null, subject: null };
    const { summary } = sampleReport();
    const bare = sampleReport({ evaluations: [], compared: [], file: null, summary: { ...summary, ...nothing } });
    expect(await reportPage(bare, 'fr')).toContain('Nothing was measured.');
    expect((await reportPage(bare, 'en')).match(/<p class="figure">not measured/g)).toHaveLength(2);
    const page = await reportPage(sampleReport({ plan: null }), 'constructor');
    expect(page).toContain('<html lang="en">');
    expect(page).not.toContain('plan-hatch');
    expect(await reportPage(sampleReport(), 'ja-JP')).toContain('<html lang="ja-JP">');
    expect(await reportPage(sampleReport(), 'ja-!!')).toContain('<html lang="ja">');
  });
});

describe('the heatmap', () => {
  const kept = [
    [0, 3],
    [1, 2],
    [4, 7],
  ];
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

  test('kept experts have the colours of the window', () => {
    const ramp = [...draw().matchAll(/<rect [^>]*width="12" height="12" fill="(#[0-9a-f]{6})"/g)].map(
      ([, fill]) => fill,
    );
    expect(ramp.slice(0, 10)).toEqual(Array.from({ length: 10 }, (_, step) => magnitudeColour(step / 9)));
  });

  test('the highest score of a layer has the brightest colour, the worst layer its figure', () => {
    const scores = new Float64Array(24);
    scores[3] = 5;
    const svg = draw({
      matrix: { nLayers: 3, nExpert: 8, scores },
      retained: { shares: [1, 0.5, 0.75], label: 'retained' },
    });
    expect(svg.match(/fill="#fde725" d="M(\d+) /)?.[1]).toBe(String(84 + 3 * 20));
    expect(svg).toContain('50.0%');
    expect(svg).not.toContain('75.0%');
  });

  test('stays small for the largest models', () => {
    const all = Array.from({ length: 61 }, () => Array.from({ length: 192 }, (_, i) => 2 * i));
    const svg = draw({ nExpert: 384, kept: all, rowLabels: all.map((_, i) => `block ${i}`) });
    expect(svg.length).toBeLessThan(500_000);
  });
});

test('numbers are rounded where their interval begins', () => {
  const { estimate, share, rise, bytes } = numberFormats('en');
  const around = (value: number, error: number) => ({ value, low: value - 2 * error, high: value + 2 * error });
  expect(estimate(around(4.3141, 0.1234))).toEqual({ value: '4.31', range: '4.07 – 4.56' });
  expect(estimate(around(1234.5, 56)).value).toBe('1,235');
  expect(estimate(around(0.00123, 0.000041)).value).toBe('0.001230');
  expect(estimate(around(0, 0))).toEqual({ value: '0.00', range: '0.00 – 0.00' });
  expect(estimate({ value: 12.345, low: null, high: null })).toEqual({ value: '12.3', range: null });
  expect(share(around(0.913, 0.0021))).toEqual({ value: '91.30 %', range: '90.88 – 91.72 %' });
  expect(rise(around(1.2, 0.01))).toEqual({ value: '+20.0 %', range: '+18.0 – +22.0 %' });
  expect(rise(around(0.97, 0.01))).toEqual({ value: '−3.0 %', range: '−5.0 – −1.0 %' });
  expect(rise(around(7, 0.5))).toEqual({ value: '× 7.0', range: '× 6.0 – 8.0' });
  expect(bytes(9.44e9)).toBe('9.4 GB');
  expect([bytes(999.97e9), bytes(1.1e12), bytes(2_165_547_563_648)]).toEqual(['1.0 TB', '1.1 TB', '2.2 TB']);
  expect(numberFormats('de').estimate(around(4.31, 0.12)).value).toBe('4,31');
});
