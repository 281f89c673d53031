// Figures of quality are of texts that decided nothing: publishing refuses others, and no bench gets past publishing.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleDomains, sampleFiles } from '../../../electron/engine/base/files/sample-files.ts';
import { publish } from '../../bench/measured-documents.ts';
import { reportText, requireReportTexts } from '../../bench/report-texts.ts';
import { ROOT, sourceFiles } from '../source-files.ts';

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

const sources = new Map(
  sourceFiles(['test/bench/**/*.ts', 'test/e2e/bench/*.ts']).map((path) => [
    path,
    readFileSync(join(ROOT, path), 'utf8'),
  ]),
);

/** The file and what it imports of the benches. */
function closure(path: string, seen = new Set<string>()): Set<string> {
  if (seen.has(path) || !sources.has(path)) return seen;
  seen.add(path);
  for (const [, from = ''] of sources.get(path)!.matchAll(/from '(\.{1,2}\/[^']+)'/g))
    closure(posix.join(dirname(path), from), seen);
  return seen;
}

/** The engine's calls that measure how good a choice or a file is. */
const MEASURES = /\b(?:engine\.(?:compare|evaluate|checkGenerations|fit)|measureChoices)\(/;
/** What their searches read to choose. */
const CHOOSES_BY_TEXTS = ['test/bench/fit.ts'];

/** Benches: what is run, and publishes. */
const benches = [...sources.keys()].filter((path) =>
  /\bpublish(?:Rows)?\(/.test(sources.get(path)!.replace(/export function .*/g, '')),
);
const measuresQuality = (path: string): boolean => [...closure(path)].some((of) => MEASURES.test(sources.get(of)!));

describe('no bench evades it', () => {
  it('finds the benches of both kinds', () => {
    expect(benches.filter(measuresQuality)).toEqual(['test/bench/fit.ts']);
    expect(benches).toContain('test/bench/bench.ts');
    expect(measuresQuality('test/bench/bench.ts')).toBe(false);
  });

  it('lets only these documents report on no text', () => {
    const silent = [...sources.values()].flatMap((source) =>
      [...source.matchAll(/name: '([\w-]+)',\s+title: '[^']*'(,\s+reports: 'no quality')?/g)].flatMap(
        ([, name, isSilent]) => (isSilent ? [name] : []),
      ),
    );
    expect(silent.toSorted()).toEqual(['interface', 'speed']);
  });

  it.each(benches.filter(measuresQuality))('%s names the texts that it reports on, and measures on them', (path) => {
    const source = sources.get(path)!;
    expect(source).not.toContain('no quality');
    expect(
      [...closure(path)].some((of) => of !== 'test/bench/report-texts.ts' && sources.get(of)!.includes('reportText(')),
    ).toBe(true);
  });

  it('reads no evaluation text of the sample where quality is measured, but to choose', () => {
    const tuning = /sampleFiles\([^)]*\)\.text|\{[^}]*\btext\b[^}]*\} = sampleFiles\(|sample\/eval/;
    const reading = [...sources].flatMap(([path, source]) =>
      tuning.test(source) && measuresQuality(path) ? [path] : [],
    );
    expect(reading.filter((path) => !CHOOSES_BY_TEXTS.includes(path))).toEqual([]);
  });

  it('writes the documents by publishing alone', () => {
    const writing = [...sources].flatMap(([path, source]) =>
      /['"`/]docs\/measured|measured\/\$\{/.test(source.replace(/\/\/.*/g, '')) ? [path] : [],
    );
    expect(writing).toEqual(['test/bench/measured-documents.ts']);
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
