import fc from 'fast-check';
import type { MarkedToken } from 'marked';
import { describe, expect, test } from 'vitest';
import { readMarkdown } from '../../../renderer/kit/read-markdown.ts';

type Kind = string | readonly [string, ...Kind[]];
type Inner = { readonly tokens?: MarkedToken[]; readonly items?: MarkedToken[] };

/** The types of tokens, those within others behind them. */
const kinds = (tokens: readonly MarkedToken[]): Kind[] =>
  tokens.map((token): Kind => {
    const { tokens: own, items } = token as Inner;
    const inner = kinds(own ?? items ?? []);
    return inner.length > 0 ? [token.type, ...inner] : token.type;
  });
const read = (text: string): Kind[] => kinds(readMarkdown(text) ?? []);

describe('what models write', () => {
  test('code that is still being written reaches to the end', () => {
    expect(readMarkdown('```js\nlet a')).toMatchObject([{ type: 'code', text: 'let a' }]);
  });

  test('lists keep their first number, and what is in them', () => {
    const [list] = readMarkdown('3. first\n   - inner\n4. second') ?? [];
    expect(list).toMatchObject({ type: 'list', ordered: true, start: 3 });
    expect(kinds([list!])).toEqual([
      [
        'list',
        ['list_item', ['text', 'text'], ['list', ['list_item', ['text', 'text']]]],
        ['list_item', ['text', 'text']],
      ],
    ]);
  });

  test.each([
    ['snake_case_name 2 * 3 * 4', [['paragraph', 'text']]],
    ['**open', [['paragraph', 'text']]],
  ])('%s has no marks', (source, expected) => {
    expect(read(source)).toEqual(expected);
  });

  test.each(['<script>alert(1)</script>', '<img src=x onerror=alert(1)>', 'a <b>c</b>', '[name]: http://x/y'])(
    '%s is text',
    (source) => {
      const all = JSON.stringify(readMarkdown(source));
      expect(all).not.toMatch(/"type":"(html|tag|def)"/);
      expect(all).toContain(JSON.stringify(source).slice(1, -1).slice(0, 6));
    },
  );

  test('what is too long or too deep is not read', () => {
    expect(readMarkdown('word '.repeat(20_000))).toBeNull();
    expect(readMarkdown(`${'> '.repeat(30)}deep`)).toBeNull();
    expect(readMarkdown('> '.repeat(20_000))).toBeNull();
    expect(readMarkdown('**a '.repeat(100))).not.toBeNull();
  });
});

const PIECES = [
  '*',
  '_',
  '`',
  '\n',
  ' ',
  '- ',
  '1. ',
  '> ',
  '|',
  '\n|-|\n',
  '# ',
  '[',
  '](',
  ')',
  '!',
  '~~',
  'word',
  '日本',
];

/** The texts that are shown: of a token with others in it, theirs. */
function shown(token: MarkedToken): string {
  const { tokens, items } = token as Inner;
  const inner = [...(tokens ?? []), ...(items ?? [])];
  if (token.type === 'table')
    return [token.header, ...token.rows]
      .flat()
      .map(({ text }) => text)
      .join(' ');
  const address = token.type === 'link' || token.type === 'image' ? token.href : '';
  return `${inner.length > 0 ? inner.map(shown).join('') : 'text' in token ? token.text : ''}${address}`;
}

test('no word is lost, but for cells that a table has no column for', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }), (parts) => {
      const source = parts.join('').replace(/`{3,}|~{3,}/g, '~');
      const tokens = readMarkdown(source);
      if (tokens === null || JSON.stringify(tokens).includes('"type":"table"')) return;
      const said = decodeURI(tokens.map(shown).join(' '));
      for (const word of ['word', '日本']) if (source.includes(word)) expect(said).toContain(word);
    }),
    { numRuns: 2000 },
  );
});

test('long rows of marks come to an end', () => {
  for (const piece of [...PIECES, '```', '\\', '[a](', '**a '])
    readMarkdown(piece.repeat(Math.ceil(32_000 / piece.length)));
});
