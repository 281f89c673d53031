// What the engine says, in the page's language.
import i18next, { type TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { ErrorData } from '../../electron/contract/errors.ts';
import { sentenceGap, spoken, type Sentence } from '../../electron/contract/sentences.ts';

/** Sentences in words; errors without one, such as defects, as they are. */
export function useSpoken(): (said: Sentence | ErrorData) => string {
  const { t, i18n } = useTranslation();
  return (said) => inLanguage(said, t, i18n.language);
}

/** As `useSpoken`, outside of components. */
export function spokenNow(said: Sentence | ErrorData): string {
  return inLanguage(said, i18next.t, i18next.language);
}

function inLanguage(said: Sentence | ErrorData, t: TFunction, language: string): string {
  const sentence = 'message' in said ? (said.sentence ?? said.message) : said;
  return spoken(sentence, {
    words: (code, params) => t(`sentences.${code}`, params),
    gap: sentenceGap(language),
  });
}
