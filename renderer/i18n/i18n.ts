// The interface's languages. Texts stand in <language>/<area>.json: the area `frame` holds the keys `frame.…`.
//
// A further language is one more folder with the same files, and its name in languages.ts. A new area is one file in every
// folder, and two lines in keys.ts. What the engine says (`sentences.…`) has its English words in the contract. A test compares all folders with each other and with the keys that components use.
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { SENTENCES } from '../../electron/contract/sentences.ts';
import type {} from './keys.ts';
import { LANGUAGES, type Language } from './languages.ts';

const files = import.meta.glob<Record<string, unknown>>('./*/*.json', { eager: true, import: 'default' });

function texts(language: string): Record<string, unknown> {
  const areas: Record<string, unknown> = language === 'en' ? { sentences: SENTENCES } : {};
  for (const [path, content] of Object.entries(files)) {
    const [, folder, area] = /^\.\/(.+)\/(.+)\.json$/.exec(path) ?? [];
    if (folder === language && area !== undefined) areas[area] = content;
  }
  return areas;
}

/** @returns the first of the user's languages that we speak, or English */
function systemLanguage(wanted: readonly string[] = navigator.languages): Language {
  const codes = wanted.map((tag) => tag.split('-')[0]);
  return codes.find((code): code is Language => code !== undefined && code in LANGUAGES) ?? 'en';
}

/** Sets the page's language; undefined: the system's. */
export async function setLanguage(language: Language | undefined): Promise<void> {
  const next = language ?? systemLanguage();
  document.documentElement.lang = next;
  if (i18next.language !== next) await i18next.changeLanguage(next);
}

/** Must be awaited before the first rendering. */
export async function startI18n(): Promise<void> {
  const languages = Object.keys(LANGUAGES);
  await i18next.use(initReactI18next).init({
    lng: systemLanguage(),
    fallbackLng: 'en',
    resources: Object.fromEntries(languages.map((language) => [language, { translation: texts(language) }])),
    // React escapes.
    interpolation: { escapeValue: false },
  });
  document.documentElement.lang = i18next.language;
}
