// One word for one thing, as docs/ARCHITECTURE.md lists them: no text of window, report or command line has the other one.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');

/** What must not be said, and what is said. Names in data files, and of llama.cpp, are no texts. */
const TWINS: readonly (readonly [RegExp, string])[] = [
  [/score mass|保持されるスコア/i, 'retained score, 残るスコア'],
  [/same (first choice|top token|likeliest token)|最上位トークンの一致/i, 'top-1 agreement, Top-1 一致率'],
  [/(?<!output )\bnorms? of (its|the) outputs?\b|\boutput size\b|\bmean norm\b/i, 'mean output norm'],
  [/\b(always|never) keep\b|必ず残す|残さない/i, 'pin, forbid, 固定, 禁止'],
  [/\bgeneration checks?\b/i, 'check answers'],
  [/メモリ(?!ー)|プルーニング|剪定|最適ファイル|〜/, 'メモリー, 枝刈り, 最適なファイル, ～'],
  [/[\d…] ?[KMGT]iB\b/, 'MB, in powers of 1000'],
];

/** Every literal of a TypeScript file, and what stands between the values of a template. */
function literalsOf(file: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) found.push(node.text);
    if (ts.isTemplateExpression(node)) {
      found.push([node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('…'));
    }
    node.forEachChild(visit);
  };
  visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true));
  return found;
}

const found = (pattern: string): string[] => globSync(join(ROOT, pattern));

test.each([
  ['texts', found('electron/contract/text/*/*.json').map((file) => [file, [readFileSync(file, 'utf8')]] as const)],
  ['command line and messages', found('electron/**/*.ts').map((file) => [file, literalsOf(file)] as const)],
  [
    'the help',
    [join(ROOT, 'README.md'), ...found('docs/COMMAND_LINE.md')].map(
      (file) => [file, [readFileSync(file, 'utf8')]] as const,
    ),
  ],
])('%s has one word for one thing', (_, files) => {
  expect(files.length).toBeGreaterThan(0);
  const wrong = files.flatMap(([file, texts]) =>
    TWINS.flatMap(([twin, word]) =>
      texts.flatMap((text) => {
        const [said] = twin.exec(text) ?? [];
        return said === undefined ? [] : [`${file.slice(ROOT.length + 1)} says “${said}” for “${word}”`];
      }),
    ),
  );
  expect(wrong).toEqual([]);
});

/** A letter or digit, or the name of something, right beside a Japanese one; a full stop with a space after it; a colon of Latin. */
const NAMED = String.raw`\{\{(?:name|file|domain|path|model|title|criterion|where)\}\}`;
const UNSPACED = new RegExp(
  String.raw`(?:[A-Za-z0-9%]|${NAMED})[ぁ-んァ-ヶー一-龠]|[ぁ-んァ-ヶー一-龠](?:[A-Za-z0-9]|${NAMED})|。 |[ぁ-んァ-ヶー一-龠]: `,
);

test('Japanese texts have a space between the scripts, and none after a full stop', () => {
  const wrong = found('electron/contract/text/ja/*.json').flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/": "(.*)"/g)].flatMap(([, text = '']) => {
      const [said] = UNSPACED.exec(text.replaceAll(String.raw`\n`, ' ')) ?? [];
      return said === undefined ? [] : [`${file.slice(ROOT.length + 1)}: “${said}” in ${text}`];
    }),
  );
  expect(wrong).toEqual([]);
});
