// The page of a card: everything from outside is text, and nothing is fetched.
import { expect, test } from 'vitest';
import { loadLocale } from '../../../electron/contract/text/i18n.ts';
import { cardPage, escapeText } from '../../../electron/engine/report/card-page.ts';
import { sampleCard } from './sample-card.ts';
import { figureFormats } from '../../../electron/engine/report/model-card.ts';

/** Tries to be a tag, an attribute, a comment, a style, a link and a script, and to turn the line round. */
const EVIL = `<script>alert(1)<,script><img src=x onerror=alert(1)>"'>--><,style> [a](http://evil) \u0000&amp;\u202Eevil`;

test.each(['en', 'ja'])('in %s, texts from outside are never markup', async (language) => {
  const locale = await loadLocale(language);
  const page = cardPage(sampleCard({ name: EVIL }), locale);
  expect(page).not.toMatch(/<script|<img|onerror=alert\(1\)>|--><|\0|\u202E/);
  const tags = (text: string): string[] => text.match(/<[a-z/][^>]*>/g) ?? [];
  // the same elements, whatever the texts say
  expect(tags(page).map((tag) => tag.replace(/"[^"]*"/g, '""'))).toEqual(
    tags(cardPage(sampleCard(), locale)).map((tag) => tag.replace(/"[^"]*"/g, '""')),
  );
  expect(page).toContain(`<html lang="${language}">`);
});

test('needs nothing from outside, and lets nothing in', async () => {
  const page = cardPage(sampleCard(), await loadLocale('en'));
  expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  expect(page).not.toMatch(/<(script|link|img|iframe|object|embed|base|form)\b|@import|url\((?!#)|\b(src|href)=/i);
});

test('what a card fails to escape becomes no element and no address', async () => {
  const card = sampleCard();
  const header = { winnow: '<img src=x> [a](http://evil) <http://evil> www.evil.com', llama: '' };
  const page = cardPage({ ...card, madeWith: header }, await loadLocale('en'));
  expect(page).not.toMatch(/<(?:script|img|a)\b/);
});

test('says what was kept, and what it costs on which text', async () => {
  const page = cardPage(sampleCard(), await loadLocale('en'));
  expect(page).toContain('Usable for math, with some loss.');
  expect(page).toContain('10.00 (9.76 – 10.24)');
  expect(page).toContain('1.250 (1.220 – 1.280)');
  expect(page).toContain('0.0500 (0.0458 – 0.0542)');
  expect(page).toContain('90.00 % (89.47 – 90.53 %)');
  expect(page.indexOf('held-out.txt')).toBeLessThan(page.indexOf('french.txt'));
  expect(page).toContain('<code>aaaaaaaaaaaaaaaa…</code>');
  expect(page).not.toContain('base_model');
});

test('the picture has one square for each kept expert', async () => {
  const page = cardPage(sampleCard(), await loadLocale('en'));
  expect(/<path [^>]*d="([^"]*)"/.exec(page)?.[1]?.match(/z/g)).toHaveLength(6);
  expect(escapeText('a & b\tc\nd 日本語')).toBe('a &amp; b\tc\nd 日本語');
});

test('numbers are rounded where their interval begins', () => {
  const { figure, share } = figureFormats('en');
  const around = (value: number, error: number) => ({ value, low: value - 2 * error, high: value + 2 * error });
  expect(figure(around(4.3141, 0.1234))).toBe('4.31 (4.07 – 4.56)');
  expect(figure(around(1234.5, 56))).toBe('1,235 (1,123 – 1,347)');
  expect(figure(around(0.00123, 0.000041))).toBe('0.001230 (0.001148 – 0.001312)');
  expect(figure(around(0, 0))).toBe('0.00 (0.00 – 0.00)');
  expect(figure({ value: 12.345, low: null, high: null })).toBe('12.3');
  expect(share(around(0.913, 0.0021))).toBe('91.30 % (90.88 – 91.72 %)');
  expect(figureFormats('de').figure(around(4.31, 0.12))).toContain('4,31');
});
