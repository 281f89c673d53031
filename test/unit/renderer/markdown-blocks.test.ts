import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readMarkdown, type Block, type Inline } from '../../../renderer/kit/markdown-blocks.ts';

const text = (words: string): Inline => ({ kind: 'text', text: words });
const paragraph = (...content: Inline[]): Block => ({ kind: 'paragraph', content });

describe('blocks', () => {
  test('headings, rules, code, quotes and paragraphs', () => {
    const source = '# Title\n\none\ntwo\n\n---\n```python\nx = 1\n\n# no title\n```\n> said\n> twice\nafter';
    expect(readMarkdown(source)).toEqual([
      { kind: 'heading', level: 1, content: [text('Title')] },
      paragraph(text('one\ntwo')),
      { kind: 'rule' },
      { kind: 'code', language: 'python', text: 'x = 1\n\n# no title' },
      { kind: 'quote', blocks: [paragraph(text('said\ntwice'))] },
      paragraph(text('after')),
    ]);
  });

  test('code that is still being written reaches to the end', () => {
    expect(readMarkdown('```js\nlet a')).toEqual([{ kind: 'code', language: 'js', text: 'let a' }]);
  });

  test('lists, ordered, nested and with code in them', () => {
    const [list] = readMarkdown('3. first\n   - inner\n4. second\n\n   ```\n   code\n   ```');
    expect(list).toEqual({
      kind: 'list',
      isOrdered: true,
      start: 3,
      items: [
        [paragraph(text('first')), { kind: 'list', isOrdered: false, start: 1, items: [[paragraph(text('inner'))]] }],
        [paragraph(text('second')), { kind: 'code', language: '', text: 'code' }],
      ],
    });
  });

  test('tables', () => {
    expect(readMarkdown('| a | b |\n|---|:-:|\n| 1 | **2** |')).toEqual([
      {
        kind: 'table',
        head: [[text('a')], [text('b')]],
        rows: [[[text('1')], [{ kind: 'strong', content: [text('2')] }]]],
      },
    ]);
  });
});

describe('within a line', () => {
  test.each<[string, Inline[]]>([
    ['a **b** c', [text('a '), { kind: 'strong', content: [text('b')] }, text(' c')]],
    [
      '*a* and _b_',
      [{ kind: 'emphasis', content: [text('a')] }, text(' and '), { kind: 'emphasis', content: [text('b')] }],
    ],
    ['snake_case_name', [text('snake_case_name')]],
    ['2 * 3 * 4', [text('2 * 3 * 4')]],
    ['2*3 is 3*2', [text('2*3 is 3*2')]],
    ['`a*b*` ~~c~~', [{ kind: 'code', text: 'a*b*' }, text(' '), { kind: 'deleted', content: [text('c')] }]],
    [String.raw`\*no\*`, [text('*'), text('no'), text('*')]],
    ['**open', [text('**open')]],
  ])('%s', (source, content) => {
    expect(readMarkdown(source)).toEqual([paragraph(...content)]);
  });

  test('links and pictures are words with an address', () => {
    expect(readMarkdown('[here](javascript:alert(1)) ![cat](http://x/y.png)')[0]).toMatchObject({ kind: 'paragraph' });
    expect(readMarkdown('![cat](http://x/y.png)')).toEqual([
      paragraph({ kind: 'link', content: [text('cat')], address: 'http://x/y.png' }),
    ]);
  });

  test('HTML is text', () => {
    const source = '<script>alert(1)</script>\n<img src=x onerror=alert(1)>';
    expect(readMarkdown(source)).toEqual([paragraph(text(source))]);
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

test('whatever is written, no word is lost', () => {
  const count = (all: string, word: string): number => all.split(word).length - 1;
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }), (parts) => {
      const said = JSON.stringify(readMarkdown(parts.join('').replace(/`{3,}|~{3,}/g, '~')));
      for (const word of ['word', '日本']) expect(count(said, word)).toBe(count(parts.join(''), word));
    }),
    { numRuns: 2000 },
  );
});

test('long rows of marks are read at once', () => {
  const started = performance.now();
  for (const piece of [...PIECES, '```', '\\']) readMarkdown(piece.repeat(20_000));
  expect(performance.now() - started).toBeLessThan(20_000);
});
