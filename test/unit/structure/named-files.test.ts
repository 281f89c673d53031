// A document that names a file of the code is of use only while the file is there.
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const cwd = fileURLToPath(new URL('../../../', import.meta.url));
const DOCUMENTS = globSync(['*.md', 'docs/*.md'], { cwd, exclude: ['CHANGELOG.md'] });
const CODE = globSync(
  ['{electron,renderer,resources,test}/**/*.*', 'native/*.*', 'native/{moe,patches,quantise,src,windows}/*.*'],
  {
    cwd,
  },
);

test.each(DOCUMENTS)('every file of the code that %s names is there', (document) => {
  const text = readFileSync(`${cwd}${document}`, 'utf8');
  const named = [...text.matchAll(/`([\w.@-]+(?:\/[\w.@-]+)*\.(?:tsx?|cjs|css|cpp|h|patch))`/g)].map(
    ([, path]) => path,
  );
  expect(named.filter((path) => !CODE.some((file) => `/${file}`.endsWith(`/${path}`)))).toEqual([]);
});
