// The page's language. Its texts are those of all processes: electron/contract/text.
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { LANGUAGES, spokenOf, type Language } from '../../electron/contract/text/languages.ts';
import { TEXT_OPTIONS, withForms } from '../../electron/contract/text/words.ts';

const NAMESPACE = 'translation';

/** @throws when the language's files cannot be read, as when the server of the page has gone */
async function readTexts(language: Language): Promise<void> {
  if (i18next.hasResourceBundle(language, NAMESPACE)) return;
  const { texts } = await LANGUAGES[language].read();
  i18next.addResourceBundle(language, NAMESPACE, texts);
}

/** The language that was asked for last: another one's texts may come later. */
let wanted: Language = 'en';

/** Sets the page's language; undefined: the system's. @throws when its texts cannot be read */
export async function setLanguage(language: Language | undefined): Promise<void> {
  wanted = language ?? spokenOf(navigator.languages);
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
  const { texts } = await LANGUAGES.en.read();
  await i18next.use(initReactI18next).init({ ...TEXT_OPTIONS, lng: 'en', resources: { en: { [NAMESPACE]: texts } } });
  withForms(i18next);
  // in English, then; the page asks again, and says why it cannot
  await setLanguage(undefined).catch(() => undefined);
}
