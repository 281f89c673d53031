import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, sourceFiles } from '../source-files.ts';

/** Tables whose code is gone say which commit held it. */
const FORMER = /held by commit `?[0-9a-f]{8}`?\b/;
const DOCUMENTS = sourceFiles('docs/measured/*.md');
const MEASURED = DOCUMENTS.filter((path) => !FORMER.test(readFileSync(join(ROOT, path), 'utf8')));
const BENCHES = sourceFiles(['test/bench/**/*.ts', 'test/e2e/bench/*.ts']).map((path) =>
  readFileSync(join(ROOT, path), 'utf8'),
);
const EXPLAINED = ['docs/BENCHMARKS.md', 'docs/SCALE.md'].map((path) => readFileSync(join(ROOT, path), 'utf8')).join();

test.each(MEASURED)('%s has a bench that writes it, under this title', (path) => {
  const name = basename(path, '.md');
  const [title = ''] = readFileSync(join(ROOT, path), 'utf8').split('\n');
  const written = new RegExp(String.raw`name: '${name}',\s+title: '${RegExp.escape(title.replace('# ', ''))}'`);
  expect(BENCHES.filter((source) => written.test(source))).toHaveLength(1);
});

test.each(DOCUMENTS)('a document explains %s', (path) => {
  expect(EXPLAINED).toContain(`(measured/${basename(path)})`);
});

test('every document that a bench writes is there', () => {
  const named = BENCHES.flatMap((source) =>
    [...source.matchAll(/name: '([\w-]+)',\s+title: '/g)].map(([, name]) => name),
  );
  expect(named.toSorted()).toEqual(MEASURED.map((path) => basename(path, '.md')).toSorted());
});
