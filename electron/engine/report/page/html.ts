// Makes HTML from templates. Inserted values are text and get escaped; only the result of a template is markup.

export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Insert = string | number | null | Markup | readonly Insert[];

/** Markup with all inserted text escaped; null and empty lists insert nothing. */
export function html(parts: TemplateStringsArray, ...inserts: readonly Insert[]): Markup {
  return new Markup(parts.reduce((text, part, i) => text + shown(inserts[i - 1] ?? null) + part));
}

/** Escapes text for content and quoted attributes in HTML and SVG. Control characters, which neither allows, are left out. */
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
