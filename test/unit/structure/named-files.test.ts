// A document that names a file of the code is of use only while the file is there, and there is one that it can mean.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, sourceFiles } from '../source-files.ts';

const DOCUMENTS = sourceFiles(['*.md', 'docs/**/*.md', 'native/README.md']).filter((path) => path !== 'CHANGELOG.md');
const CODE = sourceFiles([
  '{electron,renderer,resources,test}/**/*.*',
  'native/*.*',
  'native/{moe,patches,quantise,server,src,windows}/*.*',
]);

/** By its path from the repository's root, or by the end of one that no other file has. */
function isOneFile(path: string): boolean {
  return CODE.includes(path) || CODE.filter((file) => file.endsWith(`/${path}`)).length === 1;
}

test.each(DOCUMENTS)('every file of the code that %s names is there', (document) => {
  const text = readFileSync(join(ROOT, document), 'utf8');
  const named = [...text.matchAll(/`([\w.@-]+(?:\/[\w.@-]+)*\.(?:tsx?|cjs|css|cpp|h|patch))`/g)].map(
    ([, path = '']) => path,
  );
  expect(named.filter((path) => !isOneFile(path))).toEqual([]);
});
