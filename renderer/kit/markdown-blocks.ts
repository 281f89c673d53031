// Reads the Markdown that models write: headings, lists, quotes, tables, code, and marks within a line. Everything else
// is text, including HTML: none of it ever becomes an element.

export type Inline =
  | { readonly kind: 'text' | 'code'; readonly text: string }
  | { readonly kind: 'strong' | 'emphasis' | 'deleted'; readonly content: readonly Inline[] }
  /** Shown with its address, but not clickable. */
  | { readonly kind: 'link'; readonly content: readonly Inline[]; readonly address: string };

export type Block =
  | { readonly kind: 'paragraph'; readonly content: readonly Inline[] }
  | { readonly kind: 'heading'; readonly level: number; readonly content: readonly Inline[] }
  | { readonly kind: 'code'; readonly language: string; readonly text: string }
  | { readonly kind: 'quote'; readonly blocks: readonly Block[] }
  | {
      readonly kind: 'list';
      readonly isOrdered: boolean;
      readonly start: number;
      readonly items: readonly (readonly Block[])[];
    }
  | {
      readonly kind: 'table';
      readonly head: readonly (readonly Inline[])[];
      readonly rows: readonly (readonly (readonly Inline[])[])[];
    }
  | { readonly kind: 'rule' };

/** The deepest nesting of quotes and lists; deeper ones are text. */
const MAX_DEPTH = 8;

const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([^\s`]*)[^`]*$/;
const HEADING = /^ {0,3}(#{1,6})\s+(.*?)\s*#*$/;
const RULE = /^ {0,3}(?:(?:\*\s*){3,}|(?:-\s*){3,}|(?:_\s*){3,})$/;
const ITEM = /^( *)(?:[-*+]|(\d{1,9})[.)])(?: +(.*))?$/;
const QUOTE = /^ {0,3}> ?/;
const TABLE_LINE = /^ *\|?(?: *:?-+:? *\|)+ *(?::?-+:? *)?$/;

/** Reads a text that may still be growing: an open fence extends to its end. */
export function readMarkdown(text: string, depth = 0): Block[] {
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  const blocks: Block[] = [];
  let paragraph: string[] = [];
  const endParagraph = (): void => {
    if (paragraph.length > 0) blocks.push({ kind: 'paragraph', content: readInline(paragraph.join('\n')) });
    paragraph = [];
  };
  for (let at = 0; at < lines.length;) {
    const line = lines[at] ?? '';
    const found = line.trim() === '' ? null : blockAt(lines, at, depth);
    if (found === null) {
      if (line.trim() === '') endParagraph();
      else paragraph.push(line.trimStart());
      at++;
      continue;
    }
    endParagraph();
    blocks.push(found.block);
    at = found.next;
  }
  endParagraph();
  return blocks;
}

type Found = { readonly block: Block; readonly next: number };

function blockAt(lines: readonly string[], at: number, depth: number): Found | null {
  const line = lines[at] ?? '';
  const fence = FENCE.exec(line);
  if (fence) return codeAt(lines, at, fence[1] ?? '```', fence[2] ?? '');
  const heading = HEADING.exec(line);
  if (heading) {
    const content = readInline(heading[2] ?? '');
    return { block: { kind: 'heading', level: heading[1]?.length ?? 1, content }, next: at + 1 };
  }
  if (RULE.test(line)) return { block: { kind: 'rule' }, next: at + 1 };
  if (TABLE_LINE.test(lines[at + 1] ?? '') && line.includes('|')) return tableAt(lines, at);
  if (depth >= MAX_DEPTH) return null;
  if (QUOTE.test(line)) {
    const end = endOf(lines, at, (one) => QUOTE.test(one));
    const inner = lines.slice(at, end).map((one) => one.replace(QUOTE, ''));
    return { block: { kind: 'quote', blocks: readMarkdown(inner.join('\n'), depth + 1) }, next: end };
  }
  return ITEM.test(line) ? listAt(lines, at, depth) : null;
}

function codeAt(lines: readonly string[], at: number, fence: string, language: string): Found {
  const isEnd = (line: string): boolean =>
    line.trim().startsWith(fence) && line.trim().replaceAll(fence[0] ?? '`', '') === '';
  const end = endOf(lines, at + 1, (line) => !isEnd(line));
  return { block: { kind: 'code', language, text: lines.slice(at + 1, end).join('\n') }, next: end + 1 };
}

function tableAt(lines: readonly string[], at: number): Found {
  const cells = (line: string): Inline[][] =>
    line
      .trim()
      .replace(/^\||\|$/g, '')
      .split('|')
      .map((cell) => readInline(cell.trim()));
  const end = endOf(lines, at + 2, (line) => line.includes('|'));
  const head = cells(lines[at] ?? '');
  const rows = lines.slice(at + 2, end).map(cells);
  return { block: { kind: 'table', head, rows }, next: end };
}

/** Items of the same kind and indentation; lines that are indented further belong to the item above. */
function listAt(lines: readonly string[], at: number, depth: number): Found {
  const [, indent = '', number] = ITEM.exec(lines[at] ?? '') ?? [];
  const isOrdered = number !== undefined;
  const items: string[][] = [];
  let next = at;
  for (; next < lines.length; next++) {
    const line = lines[next] ?? '';
    const item = ITEM.exec(line);
    const isOwn = item !== null && (item[1] ?? '').length <= indent.length + 1;
    if (isOwn && (item[2] !== undefined) === isOrdered) items.push([item[3] ?? '']);
    else if (isOwn) break;
    else if (line.trim() === '') {
      const after = lines[next + 1] ?? '';
      if (after.trim() === '' || !(/^ {2,}/.test(after) || ITEM.test(after))) break;
      items.at(-1)?.push('');
    } else if (/^ {2,}/.test(line) || item !== null || blockAt(lines, next, MAX_DEPTH) === null) {
      items.at(-1)?.push(line.replace(/^ {1,4}/, ''));
    } else break;
  }
  const blocks = items.map((item) => readMarkdown(item.join('\n'), depth + 1));
  return { block: { kind: 'list', isOrdered, start: Number(number ?? 1), items: blocks }, next };
}

/** Returns the index of the first line from `at` on that fails the test, or the end. */
function endOf(lines: readonly string[], at: number, isSo: (line: string) => boolean): number {
  let end = at;
  while (end < lines.length && isSo(lines[end] ?? '')) end++;
  return end;
}

/** In the order in which they are tried; at the same position, the first match counts. */
const MARKS: readonly (readonly [RegExp, (found: RegExpExecArray) => Inline])[] = [
  [/^\\([\\`*_{}[\]()#+\-.!~|>])/, ([, sign = '']) => ({ kind: 'text', text: sign })],
  [/^(`+)(?!`)([\s\S]*?[^`])\1(?!`)/, ([, , text = '']) => ({ kind: 'code', text: text.replace(/^ (.*) $/, '$1') })],
  [/^\*\*(?=\S)([\s\S]*?\S)\*\*(?!\*)/, ([, text = '']) => ({ kind: 'strong', content: readInline(text) })],
  [/^__(?=\S)([\s\S]*?\S)__(?!\w)/, ([, text = '']) => ({ kind: 'strong', content: readInline(text) })],
  [/^~~(?=\S)([\s\S]*?\S)~~/, ([, text = '']) => ({ kind: 'deleted', content: readInline(text) })],
  [/^\*(?=[^\s*])([^*]*[^\s*])\*(?!\*)/, ([, text = '']) => ({ kind: 'emphasis', content: readInline(text) })],
  [/^_(?=[^\s_])([^_]*[^\s_])_(?!\w)/, ([, text = '']) => ({ kind: 'emphasis', content: readInline(text) })],
  [
    /^!?\[([^[\]]{0,500})\]\(\s*<?([^\s()<>]{0,2000})>?(?:\s+"[^"]{0,500}")?\s*\)/,
    ([, text = '', address = '']) => ({ kind: 'link', content: readInline(text), address }),
  ],
];
/** Where a mark may begin; inside a word or a product, underscores and asterisks are not marks. */
const BEGINNING = /[\\`~![]|\*\*|(?<!\w)[_*]/;
/** Longer lines are plain text: the patterns look ahead to their end. */
const MAX_INLINE_CHARS = 20_000;

function readInline(text: string): Inline[] {
  if (text.length > MAX_INLINE_CHARS) return [{ kind: 'text', text }];
  const parts: Inline[] = [];
  let plain = '';
  for (let at = 0; at < text.length;) {
    const skipped = text.slice(at).search(BEGINNING);
    if (skipped !== 0) {
      const end = skipped < 0 ? text.length : at + skipped;
      plain += text.slice(at, end);
      at = end;
      continue;
    }
    const rest = text.slice(at);
    const found = MARKS.map(([pattern, make]) => ({ match: pattern.exec(rest), make })).find(({ match }) => match);
    if (!found?.match) {
      plain += text[at] ?? '';
      at++;
      continue;
    }
    if (plain !== '') parts.push({ kind: 'text', text: plain });
    plain = '';
    parts.push(found.make(found.match));
    at += found.match[0].length;
  }
  if (plain !== '') parts.push({ kind: 'text', text: plain });
  return parts;
}
