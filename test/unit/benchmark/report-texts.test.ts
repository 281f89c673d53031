// Figures of quality are of texts that decided nothing: publishing refuses others.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleDomains, sampleFiles } from '../../../electron/engine/base/files/sample-files.ts';
import { publish } from '../../bench/measured-documents.ts';
import { reportText, requireReportTexts } from '../../bench/report-texts.ts';
import { ROOT } from '../source-files.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'winnow-report-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const table = { name: 'criteria', title: 'All criteria', body: 'figures' };
const tuned = (domain: string): string => sampleFiles(domain).text;

describe('publishing', () => {
  it.each(sampleDomains())('refuses figures of the evaluation text of %s', (domain) => {
    expect(() => publish({ ...table, reports: [reportText(domain), tuned(domain)] })).toThrow(
      `${tuned(domain)} may not report: 100 % of the long lines are those of resources/sample/eval/${domain}.txt, by which defaults were chosen. Measure on reportText(domain)`,
    );
  });

  it('refuses the same text under another name, with lines changed and moved', () => {
    const lines = readFileSync(tuned('python'), 'utf8').split('\n');
    const changed = lines.map((line, i) => (i % 5 === 0 ? `${line} # changed` : line)).toReversed();
    const file = join(folder, 'fresh.txt');
    writeFileSync(file, changed.join('\n'));
    expect(() => publish({ ...table, reports: [file] })).toThrow(/fresh\.txt may not report: \d\d % of the long lines/);
  });

  it('refuses demos as a text', () => {
    const [first = ''] = readFileSync(sampleFiles('manual').demos, 'utf8').split('\n');
    const file = join(folder, 'demo.txt');
    writeFileSync(file, Object.values(JSON.parse(first) as Record<string, string>).join('\n'));
    expect(() => publish({ ...table, reports: [file] })).toThrow('resources/sample/demos/manual.jsonl');
  });

  it('refuses figures of no text, and of a text that cannot be told apart', () => {
    const file = join(folder, 'short.txt');
    writeFileSync(file, 'one\ntwo\n');
    expect(() => publish({ ...table, reports: [] })).toThrow('The figures are of no text');
    expect(() => publish({ ...table, reports: [file] })).toThrow('short.txt has no long line');
  });

  it.each(sampleDomains())('takes the report text of %s', (domain) => {
    expect(() => requireReportTexts([reportText(domain)])).not.toThrow();
  });

  it('says what to do for a domain without one', () => {
    expect(() => reportText('law')).toThrow(/no report text of "law"\. Add .*law\.txt, with its source and licence/);
  });
});

describe('the card of the report texts', () => {
  const card = readFileSync(join(ROOT, 'test/texts/README.md'), 'utf8');

  it.each(sampleDomains())('has the hash of the text of %s', (domain) => {
    const hash = createHash('sha256')
      .update(readFileSync(reportText(domain)))
      .digest('hex');
    expect(card).toMatch(new RegExp(`\\| ${domain} .*\`${hash}\``));
  });

  it('has a licence for every document', () => {
    type Source = { readonly source: string; readonly licence: string | null };
    const all = JSON.parse(readFileSync(join(ROOT, 'test/texts/sources.json'), 'utf8')) as Record<string, Source[]>;
    expect(Object.keys(all).toSorted()).toEqual(sampleDomains().filter((domain) => domain !== 'math'));
    for (const documents of Object.values(all)) {
      expect(documents.length).toBeGreaterThan(20);
      expect(documents.filter(({ source, licence }) => !source || !licence)).toEqual([]);
    }
  });

  it('is not packed', () => {
    const [, listed = ''] =
      /^files:\n((?: .*\n)+)/m.exec(readFileSync(join(ROOT, 'electron-builder.yml'), 'utf8')) ?? [];
    const packed = [...listed.matchAll(/^ {2}- (?:from: )?([^'!#\s].*)$/gm)].map(([, from]) => from);
    expect(packed).toContain('resources/sample');
    expect(packed.filter((from) => /^(?:test|[.*])/.test(from ?? ''))).toEqual([]);
  });
});
