// The interface's languages. Texts stand in <language>/<area>.json: the area `frame` holds the keys `frame.…`.
//
// A further language is one more folder with the same files, and its name in languages.ts. A new area is one file in every
// folder, and two lines in keys.ts. What the engine says (`sentences.…`) has its English words in the contract. A test compares all folders with each other and with the keys that components use.
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { SENTENCES } from '../../electron/contract/sentences.ts';
import type {} from './keys.ts';
import { LANGUAGES, type Language } from './languages.ts';

const NAMESPACE = 'translation';

type Area = Record<string, unknown>;
const english = import.meta.glob<Area>('./en/*.json', { eager: true, import: 'default' });
/** Read when they are spoken: English is, for what another language lacks. */
const others = import.meta.glob<Area>(['./*/*.json', '!./en/*.json'], { import: 'default' });

function placeOf(path: string): { readonly language: string | undefined; readonly area: string } {
  const [, language, area = ''] = /^\.\/(.+)\/(.+)\.json$/.exec(path) ?? [];
  return { language, area };
}

function englishTexts(): Area {
  const areas: Area = { sentences: SENTENCES };
  for (const [path, content] of Object.entries(english)) areas[placeOf(path).area] = content;
  return areas;
}

/** @throws when the language's files cannot be read, as when the server of the page has gone */
async function readTexts(language: Language): Promise<void> {
  if (i18next.hasResourceBundle(language, NAMESPACE)) return;
  const wanted = Object.entries(others).filter(([path]) => placeOf(path).language === language);
  const areas = await Promise.all(wanted.map(async ([path, read]) => [placeOf(path).area, await read()] as const));
  i18next.addResourceBundle(language, NAMESPACE, Object.fromEntries(areas));
}

/** @returns the first of the user's languages that we speak, or English */
function systemLanguage(wanted: readonly string[] = navigator.languages): Language {
  const codes = wanted.map((tag) => tag.split('-')[0]);
  return codes.find((code): code is Language => code !== undefined && code in LANGUAGES) ?? 'en';
}

/** The language that was asked for last: another one's texts may come later. */
let wanted: Language = 'en';

/** Sets the page's language; undefined: the system's. @throws when its texts cannot be read */
export async function setLanguage(language: Language | undefined): Promise<void> {
  wanted = language ?? systemLanguage();
  const next = wanted;
  if (i18next.language !== next) {
    await readTexts(next);
    if (wanted !== next) return;
    await i18next.changeLanguage(next);
  }
  document.documentElement.lang = next;
}

/** Must be awaited before the first rendering. */
export async function startI18n(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: 'en',
    fallbackLng: 'en',
    resources: { en: { [NAMESPACE]: englishTexts() } },
    // React escapes.
    interpolation: { escapeValue: false },
  });
  // in English, then; the page asks again, and says why it cannot
  await setLanguage(undefined).catch(() => undefined);
}
