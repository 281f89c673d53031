// HTML from templates. Whatever is put into one is text and is escaped; only what a template made is markup.

export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Insert = string | number | null | Markup | readonly Insert[];

/** Markup with everything escaped that is put in; null and empty lists leave nothing. */
export function html(parts: TemplateStringsArray, ...inserts: readonly Insert[]): Markup {
  return new Markup(parts.reduce((text, part, i) => text + shown(inserts[i - 1] ?? null) + part));
}

/** For text and for quoted attributes, in HTML and SVG. Control characters, which neither may hold, are left out. */
export function escapeText(text: string): string {
  return text
    .replace(/[^\P{Cc}\n\t]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

function shown(insert: Insert): string {
  if (insert === null) return '';
  if (insert instanceof Markup) return insert.text;
  if (typeof insert === 'object') return insert.map(shown).join('');
  return escapeText(String(insert));
}
