// Sentences from the engine in the page's language.
import i18next, { type TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { ErrorData } from '../../electron/contract/errors.ts';
import { translatorBy, translate, type Sentence } from '../../electron/contract/sentences.ts';
import { translateBy, type Locale } from '../../electron/contract/text/i18n.ts';

/** Returns a function that puts sentences into words; errors without a sentence, such as defects, stay as they are. */
export function useTranslate(): (said: Sentence | ErrorData) => string {
  const { t } = useTranslation();
  return (said) => toText(said, t);
}

/** Like `useTranslate`, for use outside components. */
export function translateNow(said: Sentence | ErrorData): string {
  return toText(said, i18next.t);
}

/** Returns the page's language and its texts, to put findings into sentences. */
export function useLocale(): Locale {
  const { t, i18n } = useTranslation();
  return { language: i18n.language, t: translateBy(t) };
}

function toText(said: Sentence | ErrorData, t: TFunction): string {
  const sentence = 'message' in said ? (said.sentence ?? said.message) : said;
  return translate(sentence, translatorBy(t));
}
