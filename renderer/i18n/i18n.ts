// The page's language. All processes share its texts: electron/contract/text.
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { LANGUAGES, languageFor, type Language } from '../../electron/contract/text/languages.ts';
import { TEXT_OPTIONS, withForms } from '../../electron/contract/text/i18n.ts';

const NAMESPACE = 'translation';

/** @throws if the language's files cannot be read, for example because the page's server has gone */
async function readTexts(language: Language): Promise<void> {
  if (i18next.hasResourceBundle(language, NAMESPACE)) return;
  const { texts } = await LANGUAGES[language].read();
  i18next.addResourceBundle(language, NAMESPACE, texts);
}

/** The language that was last asked for: texts of another one may arrive later. */
let wanted: Language = 'en';

/** Sets the page's language; undefined: the system's. @throws if its texts cannot be read */
export async function setLanguage(language: Language | undefined): Promise<void> {
  wanted = language ?? languageFor(navigator.languages);
  const next = wanted;
  if (i18next.language !== next) {
    await readTexts(next);
    if (wanted !== next) return;
    await i18next.changeLanguage(next);
  }
  document.documentElement.lang = next;
}

/** Starts i18n. To be awaited before the first rendering. */
export async function startI18n(): Promise<void> {
  const { texts } = await LANGUAGES.en.read();
  await i18next.use(initReactI18next).init({ ...TEXT_OPTIONS, lng: 'en', resources: { en: { [NAMESPACE]: texts } } });
  withForms(i18next);
  // falls back to English; the page tries again later, and says why it cannot
  await setLanguage(undefined).catch(() => undefined);
}
