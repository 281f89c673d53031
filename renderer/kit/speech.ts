// Sentences from the engine in the page's language.
import i18next, { type TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { ErrorData } from '../../electron/contract/errors.ts';
import { speechBy, spoken, type Sentence } from '../../electron/contract/sentences.ts';
import { wordsBy, type Voice } from '../../electron/contract/text/words.ts';

/** Returns a function that puts sentences into words; errors without a sentence, such as defects, stay as they are. */
export function useSpoken(): (said: Sentence | ErrorData) => string {
  const { t } = useTranslation();
  return (said) => wordsOf(said, t);
}

/** Like `useSpoken`, for use outside components. */
export function spokenNow(said: Sentence | ErrorData): string {
  return wordsOf(said, i18next.t);
}

/** Returns the voice of the page's language, to put findings into sentences. */
export function useVoice(): Voice {
  const { t, i18n } = useTranslation();
  return { language: i18n.language, say: wordsBy(t) };
}

function wordsOf(said: Sentence | ErrorData, t: TFunction): string {
  const sentence = 'message' in said ? (said.sentence ?? said.message) : said;
  return spoken(sentence, speechBy(t));
}
