// What the engine says: as data, in the words of every language, and nothing to people in words of its own.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { errorDataSchema } from '../../../electron/contract/api/common.ts';
import { errorFromData, saidBy, WinnowError } from '../../../electron/contract/errors.ts';
import { inEnglish, msg, sentenceSchema, translate, withTexts } from '../../../electron/contract/sentences.ts';
import { ROOT, sourceFiles } from '../source-files.ts';

describe('a sentence', () => {
  const nested = msg('lineLeftOut', { path: 'a.jsonl', line: 3, reason: msg('rowOfKind', { kind: msg('kindList') }) });

  test('holds clauses, and sentences that follow it', () => {
    expect(inEnglish(nested)).toBe('a.jsonl, line 3 was left out: the row is a list, expected an object or a text.');
    const all = msg('noUsableDemo', { paths: 'a.jsonl', reasons: [nested, msg('noDemosInFiles')] });
    expect(inEnglish(all)).toBe(
      'There is no usable demo in a.jsonl. a.jsonl, line 3 was left out: the row is a list, expected an object or a text. The files are empty.',
    );
    expect(inEnglish(msg('noUsableDemo', { paths: 'a', reasons: [] }))).toBe('There is no usable demo in a.');
  });

  test('is said in the words of the language', () => {
    const words = (code: string, params: object): string => `${code}(${Object.values(params).join()})`;
    expect(translate(msg('noPrompts', { domain: 'x', reasons: [msg('cancelled')] }), words)).toBe(
      'noPrompts(x,following(cancelled()))',
    );
    expect(translate('as others wrote it', words)).toBe('as others wrote it');
  });

  test('says texts of others as they are', () => {
    const text = '$t(sentences.cancelled) {{path}} $& <b> "x"';
    expect(inEnglish(msg('written', { text }))).toBe(text);
    expect(inEnglish(msg('inFile', { path: '{{reason}} $1', reason: msg('cancelled') }))).toBe(
      `{{reason}} $1: ${inEnglish(msg('cancelled'))}`,
    );
  });

  test('can be told with other texts, in its clauses too', () => {
    expect(withTexts(nested, (text) => text.toUpperCase())).toEqual({
      ...nested,
      params: { ...nested.params, path: 'A.JSONL' },
    });
    const renamed = withTexts(
      msg('inFile', { path: 'm', reason: msg('fileGone', { path: 'm' }) }),
      (_, within) => within,
    );
    expect(inEnglish(renamed)).toBe('inFile: There is no file fileGone. Check the path.');
  });

  test('crosses process borders only whole', () => {
    expect(sentenceSchema.parse(nested)).toEqual(nested);
    expect(sentenceSchema.safeParse({ code: 'fileGone', params: {} }).success).toBe(false);
    expect(sentenceSchema.safeParse({ code: 'of a later version', params: {} }).success).toBe(false);
  });
});

describe('an error', () => {
  test('keeps its sentence on the way, and what is made of it tells it on', () => {
    const error = new WinnowError('FILE_NOT_FOUND', msg('fileGone', { path: '/a' }));
    const back = errorFromData(errorDataSchema.parse(JSON.parse(JSON.stringify(error.toData()))));
    expect(back).toMatchObject({ message: 'There is no file /a. Check the path.', sentence: error.sentence });
    expect(saidBy(back)).toEqual(msg('fileGone', { path: '/a' }));
    expect(saidBy(new Error('plain'))).toBe('plain');
  });

  test('stored with a sentence of another version keeps its English words', () => {
    const stored = { code: 'USAGE', message: 'As it was.', sentence: { code: 'gone', params: {} }, details: {} };
    expect(errorFromData(errorDataSchema.parse(stored))).toMatchObject({ message: 'As it was.', sentence: undefined });
  });
});

/** Never seen in the window: the command line, its benchmarks and studies, and the programs around the engine. */
const OUT_OF_SIGHT =
  /^electron\/(cli|main|preload)\/|^electron\/engine\/measure\/(benchmark|slow-criteria|study)\/|\/lend-memory\.ts$/;
const files = sourceFiles('electron/**/*.ts').filter((file) => !OUT_OF_SIGHT.test(file));
const parsed = files.map((file) => {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return { file, tree: ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true) };
});

function nodesOf(tree: ts.Node): ts.Node[] {
  const found: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    found.push(node);
    node.forEachChild(visit);
  };
  visit(tree);
  return found;
}

/** Whether some words stand in the code itself. */
function hasWords(node: ts.Node): boolean {
  if (ts.isCallExpression(node)) return false;
  if (ts.isConditionalExpression(node)) return hasWords(node.whenTrue) || hasWords(node.whenFalse);
  if (ts.isBinaryExpression(node)) return hasWords(node.left) || hasWords(node.right);
  return ts.isStringLiteralLike(node) || ts.isTemplateExpression(node);
}

test('no error of the engine has words of its own, but for defects', () => {
  const own = parsed.flatMap(({ file, tree }) =>
    nodesOf(tree).flatMap((node) => {
      if (!ts.isNewExpression(node) || node.expression.getText() !== 'WinnowError') return [];
      const [code, said] = node.arguments ?? [];
      if (code?.getText() === "'INTERNAL'" || said === undefined || !hasWords(said)) return [];
      return [`${file}: ${said.getText().slice(0, 80)}`];
    }),
  );
  expect(parsed.length).toBeGreaterThan(300);
  expect(own).toEqual([]);
});
