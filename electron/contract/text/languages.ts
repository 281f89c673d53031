/** The languages of the interface, each under its own name. To add one, add its folder and a line here. */
export const LANGUAGES = {
  en: { name: 'English', read: () => import('./en/texts.ts') },
  ja: { name: '日本語', read: () => import('./ja/texts.ts') },
} as const;

export type Language = keyof typeof LANGUAGES;

/** Returns the first tag's language that the interface has, or English. @param tags such as "ja-JP" */
export function languageFor(tags: readonly string[]): Language {
  const codes = tags.map((tag) => tag.toLowerCase().split('-')[0] ?? '');
  return codes.find(isSpoken) ?? 'en';
}

export function isSpoken(code: string | undefined): code is Language {
  return code !== undefined && Object.hasOwn(LANGUAGES, code);
}
