// The report's words by language. A further language is one more file and one more entry in `LANGUAGES`.
import { en, type ReportStrings } from './words-en.ts';
import { ja } from './words-ja.ts';

const LANGUAGES: ReadonlyMap<string, ReportStrings> = new Map([
  ['en', en],
  ['ja', ja],
]);

export type ReportLanguage = { readonly tag: string; readonly strings: ReportStrings };

/** @param language a tag such as "ja" or "en-GB"; English for languages that the report does not speak */
export function reportLanguage(language: string): ReportLanguage {
  const base = language.toLowerCase().split('-')[0] ?? '';
  const strings = LANGUAGES.get(base);
  if (!strings) return { tag: 'en', strings: en };
  return { tag: Intl.getCanonicalLocales(isTag(language) ? language : base)[0] ?? base, strings };
}

function isTag(language: string): boolean {
  try {
    return Intl.getCanonicalLocales(language).length > 0;
  } catch {
    return false;
  }
}
