// Texts in words, by i18next, in every process. The page has an instance of its own, with the bindings of React.
import { createInstance, type i18n, type InitOptions, type TFunction } from 'i18next';
import type { texts } from './en/texts.ts';
import { LANGUAGES, spokenOf, type Language } from './languages.ts';
import type { Values } from './values.ts';

declare module 'i18next' {
  /** Every key of the English texts is known to the compiler: a misspelt one does not build. */
  interface CustomTypeOptions {
    resources: { translation: typeof texts };
  }
}

export type TextKey = keyof Values;

/** What a text is about: exactly the values that its English words name. */
export type ValuesOf<Key extends TextKey, Value = string | number> = [Values[Key]] extends [never]
  ? []
  : [values: Readonly<Record<Values[Key], Value>>];

/** Says a text. */
export type Words = <Key extends TextKey>(key: Key, ...values: ValuesOf<Key>) => string;

/** A language that has been read. */
export type Voice = {
  /** A tag that `Intl` takes. */
  readonly language: string;
  readonly say: Words;
};

/** English says what another language lacks. */
export const TEXT_OPTIONS = {
  fallbackLng: 'en',
  // what shows a text escapes it
  interpolation: { escapeValue: false },
} as const satisfies InitOptions;

/** Teaches an instance the forms that texts ask for. */
export function withForms<Instance extends i18n>(instance: Instance): Instance {
  instance.services.formatter?.add('capital', (value, language) => capital(String(value), language));
  return instance;
}

/** @param t of an instance that has the texts */
export function wordsBy(t: TFunction): Words {
  return (key: TextKey, values: Readonly<Record<string, string | number>> = {}) => t(key, valuesFor(values));
}

/** What stands between two sentences. */
export function sentenceGap(say: Words): string {
  return say('sentences.following', { sentence: '' });
}

/** Kept apart from the options of `t`, whatever they are called; a count chooses the plural. */
export function valuesFor(values: Readonly<Record<string, string | number>>): {
  replace: Readonly<Record<string, string | number>>;
  count?: number;
} {
  return { replace: values, ...(typeof values['count'] === 'number' && { count: values['count'] }) };
}

/** @param resources by language, then by area */
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

const voices = new Map<Language, Promise<Voice>>();

/** @param tag such as "ja" or "en-GB"; English for languages that we do not speak */
export function voiceIn(tag: string): Promise<Voice> {
  const language = spokenOf([tag]);
  const known = voices.get(language);
  if (known) return known;
  const voice = readVoice(language);
  voices.set(language, voice);
  return voice;
}

async function readVoice(language: Language): Promise<Voice> {
  const [english, own] = await Promise.all([LANGUAGES.en.read(), LANGUAGES[language].read()]);
  const instance = instanceIn(language, { en: english.texts, [language]: own.texts });
  return { language, say: wordsBy(instance.t) };
}

/** At the beginning of a sentence; what is no plain word keeps its spelling. */
function capital(text: string, language: string | undefined): string {
  return /^[\p{L} ]+$/u.test(text) ? text.charAt(0).toLocaleUpperCase(language) + text.slice(1) : text;
}
