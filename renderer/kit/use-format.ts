// The formatters of the interface's current language.
import { useTranslation } from 'react-i18next';
import { formatFor, type Format } from './format.ts';

/** Intl objects are costly to create: there is one set per language. */
const cache = new Map<string, Format>();

function cachedFormat(language: string): Format {
  let format = cache.get(language);
  if (format === undefined) {
    format = formatFor(language);
    cache.set(language, format);
  }
  return format;
}

export function useFormat(): Format {
  const { i18n } = useTranslation();
  return cachedFormat(i18n.language);
}
