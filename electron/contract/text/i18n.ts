// Puts texts into words with i18next, in every process. The page has an instance of its own, with the bindings for React.
import { createInstance, type i18n, type InitOptions, type TFunction } from 'i18next';
import type { texts } from './en/texts.ts';
import { LANGUAGES, languageFor, type Language } from './languages.ts';
import type { Values } from './values.ts';

declare module 'i18next' {
  /** The compiler knows every key of the English texts: a misspelt one does not build. */
  interface CustomTypeOptions {
    resources: { translation: typeof texts };
  }
}

export type TextKey = keyof Values;

/** The values of a text: exactly those that its English words name. */
export type ValuesOf<Key extends TextKey, Value = string | number> = [Values[Key]] extends [never]
  ? []
  : [values: Readonly<Record<Values[Key], Value>>];

/** Returns a text in words. */
export type Translate = <Key extends TextKey>(key: Key, ...values: ValuesOf<Key>) => string;

/** A language whose texts are loaded. */
export type Locale = {
  /** A tag that `Intl` takes. */
  readonly language: string;
  readonly t: Translate;
};

/** English fills in for texts that another language lacks. */
export const TEXT_OPTIONS = {
  fallbackLng: 'en',
  // whatever shows a text escapes it
  interpolation: { escapeValue: false },
} as const satisfies InitOptions;

/** Adds the formats that texts use to an instance. */
export function withForms<Instance extends i18n>(instance: Instance): Instance {
  instance.services.formatter?.add('capital', (value, language) => capital(String(value), language));
  return instance;
}

/** Returns the words of an instance. @param t from an instance that has the texts */
export function translateBy(t: TFunction): Translate {
  return (key: TextKey, values: Readonly<Record<string, string | number>> = {}) => t(key, valuesFor(values));
}

/** Returns what separates two sentences. */
export function sentenceGap(t: Translate): string {
  return t('sentences.following', { sentence: '' });
}

/** Wraps the values so that their names never clash with options of `t`; a count chooses the plural. */
export function valuesFor(values: Readonly<Record<string, string | number>>): {
  replace: Readonly<Record<string, string | number>>;
  count?: number;
} {
  return { replace: values, ...(typeof values['count'] === 'number' && { count: values['count'] }) };
}

/** Returns an instance of i18next. @param resources by language, then by area */
export function instanceIn(language: Language, resources: Readonly<Record<string, object>>): i18n {
  const instance = createInstance();
  void instance.init({
    ...TEXT_OPTIONS,
    lng: language,
    initAsync: false,
    resources: Object.fromEntries(Object.entries(resources).map(([name, translation]) => [name, { translation }])),
  });
  return withForms(instance);
}

const locales = new Map<Language, Promise<Locale>>();

/** Loads the texts of a language; English for languages that Winnow does not have. @param tag such as "ja" or "en-GB" */
export function loadLocale(tag: string): Promise<Locale> {
  const language = languageFor([tag]);
  const existing = locales.get(language);
  if (existing) return existing;
  const locale = readLocale(language);
  locales.set(language, locale);
  return locale;
}

async function readLocale(language: Language): Promise<Locale> {
  const [english, own] = await Promise.all([LANGUAGES.en.read(), LANGUAGES[language].read()]);
  const instance = instanceIn(language, { en: english.texts, [language]: own.texts });
  return { language, t: translateBy(instance.t) };
}

/** Capitalises the beginning of a sentence; anything but a plain word keeps its spelling. */
function capital(text: string, language: string | undefined): string {
  return /^[\p{L} ]+$/u.test(text) ? text.charAt(0).toLocaleUpperCase(language) + text.slice(1) : text;
}
