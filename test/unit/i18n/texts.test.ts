// Every language says everything, with the values of English; every text is used, and every text that is asked for exists.
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../../../electron/contract/errors.ts';
import { LANGUAGES, type Language } from '../../../electron/contract/text/languages.ts';
import { instanceIn } from '../../../electron/contract/text/i18n.ts';
import { ROOT, sourceFiles } from '../source-files.ts';
import { baseKey, namesIn, TEXTS, textsIn } from '../../../electron/text-values.ts';
import { usedKeys } from './used-keys.ts';

const english = textsIn('en');
const bases = new Set([...english.keys()].map(baseKey));
const isPlural = (key: string): boolean => english.has(`${key}_other`);

it('every language that can be chosen has its folder, and every folder can be chosen', () => {
  const folders = globSync(join(TEXTS, '*/')).map((folder) => basename(folder));
  expect(folders.sort()).toEqual(Object.keys(LANGUAGES).sort());
});

describe.each(Object.entries(LANGUAGES))('texts in %s', (language, { read }) => {
  const own = textsIn(language);

  it('has the keys of English, in the plural forms of its own', () => {
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    const expected = [...bases].flatMap((key) => (isPlural(key) ? forms.map((form) => `${key}_${form}`) : [key]));
    // "none" may be said in a form of its own anywhere
    expect([...own.keys()].filter((key) => !key.endsWith('_zero')).sort()).toEqual(expected.sort());
  });

  it('lists all its areas', async () => {
    const { texts } = await read();
    expect(Object.keys(texts).sort()).toEqual([...new Set([...own.keys()].map((key) => key.split('.')[0]))].sort());
  });

  it('says every text itself, where English could not stand in', async () => {
    const { texts } = await read();
    const alone = instanceIn(language as Language, { [language]: texts });
    const counts = [0, 1, 2, 5, 11];
    const silent = [...bases].filter((key) => !counts.every((count) => alone.exists(key, { count })));
    expect(silent).toEqual([]);
  });

  it('leaves nothing empty', () => {
    expect([...own].filter(([, text]) => text.trim() === '')).toEqual([]);
  });

  it('is about the values of English', () => {
    // one form of a plural may do without its number
    const named = (text: string): string[] => namesIn(text).filter((name) => name !== 'count');
    for (const [key, text] of own) {
      const reference = english.get(key) ?? english.get(`${baseKey(key)}_other`) ?? '';
      expect({ key, names: named(text) }).toEqual({ key, names: named(reference) });
    }
  });
});

describe('keys', () => {
  const files = sourceFiles(['{renderer,electron}/**/*.{ts,tsx}', 'native/*.ts']);
  const { asked, literals } = usedKeys(
    files.filter((file) => file !== 'electron/contract/text/values.ts').map((file) => join(ROOT, file)),
  );
  const matcher = (key: string): RegExp =>
    new RegExp(
      `^${key
        .split('*')
        .map((part) => part.replaceAll('.', '\\.'))
        .join('[^.]+')}$`,
    );

  it('exist where they are asked for', () => {
    const missing = [...asked].filter(
      (key) => !bases.has(key) && ![...bases].some((known) => matcher(key).test(known)),
    );
    expect(missing).toEqual([]);
  });

  it('are all used', () => {
    const used = new Set([...asked, ...literals]);
    // <Term> itself could ask for any term, and what says sentences for any: what counts is who says which
    const isPattern = (key: string): boolean =>
      key.includes('*') && /^[a-z]\w*\./.test(key) && key !== 'terms.*' && key !== 'sentences.*';
    const patterns = [...used].filter(isPattern).map(matcher);
    const isUsed = (key: string): boolean =>
      used.has(key) ||
      (key.startsWith('sentences.') && literals.has(key.slice('sentences.'.length))) ||
      patterns.some((pattern) => pattern.test(key));
    expect([...bases].filter((key) => !isUsed(key))).toEqual([]);
  });

  it('explain every error code', () => {
    for (const code of ERROR_CODES) {
      for (const part of ['title', 'safe', 'todo']) expect(bases.has(`errors.${code}.${part}`), code).toBe(true);
    }
  });

  it('hold no error code that is gone', () => {
    const known: ReadonlySet<string> = new Set(ERROR_CODES);
    const codes = [...bases].filter((key) => key.startsWith('errors.')).map((key) => key.split('.')[1] ?? '');
    expect(codes.filter((code) => !known.has(code))).toEqual([]);
  });
});
