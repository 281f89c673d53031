// The texts that figures of quality are of, and which decided nothing.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sampleDomains } from '../../../electron/engine/base/files/sample-files.ts';
import { ROOT } from '../source-files.ts';

describe('the card of the report texts', () => {
  const card = readFileSync(join(ROOT, 'test/texts/README.md'), 'utf8');

  it.each(sampleDomains())('has the hash of the text of %s', (domain) => {
    const hash = createHash('sha256')
      .update(readFileSync(join(ROOT, `test/texts/${domain}.txt`)))
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
