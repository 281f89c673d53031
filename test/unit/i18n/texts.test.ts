// Every language says everything, with the same placeholders; every text is used, and every text that is asked for exists.
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../../../electron/contract/errors.ts';
import { SENTENCES } from '../../../electron/contract/sentences.ts';
import { LANGUAGES } from '../../../renderer/i18n/languages.ts';
import { MEASURE_TERMS } from '../../../renderer/measures/combine.ts';
import { usedKeys } from './used-keys.ts';

const renderer = fileURLToPath(new URL('../../../renderer/', import.meta.url));
const PLURAL = /_(zero|one|two|few|many|other)$/;

/** Keys of nested objects joined by dots. */
function flatten(value: unknown, path: string, into: Map<string, string>): void {
  if (typeof value === 'string') into.set(path, value);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, child] of Object.entries(value)) flatten(child, `${path}.${key}`, into);
  } else throw new Error(`${path} is neither a text nor an object.`);
}

function texts(language: string): Map<string, string> {
  const all = new Map<string, string>();
  // what the engine says has its English words in the contract
  if (language === 'en') flatten(SENTENCES, 'sentences', all);
  for (const file of globSync(join(renderer, `i18n/${language}/*.json`))) {
    flatten(JSON.parse(readFileSync(file, 'utf8')), basename(file, '.json'), all);
  }
  return all;
}

function placeholders(text: string): string[] {
  return [...text.matchAll(/\{\{\s*([\w.]+)/g)].map(([, name]) => name ?? '').sort();
}

const languages = globSync(join(renderer, 'i18n/*/')).map((folder) => basename(folder));
const english = texts('en');
const base = (key: string): string => key.replace(PLURAL, '');
const bases = new Set([...english.keys()].map(base));
const isPlural = (key: string): boolean => english.has(`${key}_other`);

it('every language that can be chosen has its folder, and every folder can be chosen', () => {
  expect(languages.sort()).toEqual(Object.keys(LANGUAGES).sort());
});

describe.each(languages)('texts in %s', (language) => {
  const own = texts(language);

  it('has the keys of English, in the plural forms of its own', () => {
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    const expected = [...bases].flatMap((key) => (isPlural(key) ? forms.map((form) => `${key}_${form}`) : [key]));
    // "none" may be said in a form of its own anywhere
    expect([...own.keys()].filter((key) => !key.endsWith('_zero')).sort()).toEqual(expected.sort());
  });

  it('leaves nothing empty', () => {
    expect([...own].filter(([, text]) => text.trim() === '')).toEqual([]);
  });

  it('has the placeholders of English', () => {
    // one form of a plural may do without its number
    const named = (text: string): string[] => [...new Set(placeholders(text))].filter((name) => name !== 'count');
    for (const [key, text] of own) {
      const reference = english.get(key) ?? english.get(`${base(key)}_other`) ?? '';
      expect({ key, names: named(text) }).toEqual({ key, names: named(reference) });
    }
  });
});

describe('keys', () => {
  const { asked, literals } = usedKeys(globSync(join(renderer, '**/*.{ts,tsx}')));
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
    const used = new Set([...asked, ...literals, ...Object.values(MEASURE_TERMS).map((name) => `terms.${name}`)]);
    // <Term> itself could ask for any term: what counts is who shows it
    const isPattern = (key: string): boolean => key.includes('*') && /^[a-z]\w*\./.test(key) && key !== 'terms.*';
    const patterns = [...used].filter(isPattern).map(matcher);
    expect([...bases].filter((key) => !used.has(key) && !patterns.some((pattern) => pattern.test(key)))).toEqual([]);
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
