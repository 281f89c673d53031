/** The languages that Winnow speaks, each under its own name. A further one is its folder and a line here. */
export const LANGUAGES = {
  en: { name: 'English', read: () => import('./en/texts.ts') },
  ja: { name: '日本語', read: () => import('./ja/texts.ts') },
} as const;

export type Language = keyof typeof LANGUAGES;

/** @returns the first of the languages that we speak, or English. @param tags such as "ja-JP" */
export function spokenOf(tags: readonly string[]): Language {
  const codes = tags.map((tag) => tag.toLowerCase().split('-')[0] ?? '');
  return codes.find(isSpoken) ?? 'en';
}

export function isSpoken(code: string | undefined): code is Language {
  return code !== undefined && Object.hasOwn(LANGUAGES, code);
}
