// What docs/ARCHITECTURE.md says of how many files something new touches, counted on one that is there.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, sourceFiles } from '../source-files.ts';

const FILES = sourceFiles([
  '{electron,renderer}/**/*.{ts,tsx,json}',
  'docs/METHOD.md',
  'docs/COMMAND_LINE.md',
  'README.md',
]);

const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** What the document calls it, what stands wherever one of its kind is dealt with, and a folder that is all its own. */
const KINDS: readonly { readonly kind: string; readonly mention: RegExp; readonly own?: RegExp }[] = [
  { kind: 'criterion', mention: /'man'|"man":|\bman: |`man`/ },
  { kind: 'command', mention: /commands\/publish\.ts|command\('publish'\)|winnow publish|`publish`/ },
  { kind: 'setting', mention: /\bmeasureExports: (?:z|true)|mutate\(\{ measureExports|^  "measureAfterwards"/m },
  { kind: 'language', mention: /\bja: \{|'\.\/ja\/|'ja'/, own: /\/text\/ja\// },
];

test.each(KINDS)('a $kind touches as many files as the document says', ({ kind, mention, own }) => {
  const said = new RegExp(`^\\| ${kind} +\\|.*\\| +(\\d+) +\\|$`, 'm').exec(textOf('docs/ARCHITECTURE.md'));
  const touched = FILES.filter((path) => !own?.test(path) && mention.test(textOf(path)));
  expect(touched.length + (own ? 1 : 0), touched.join(', ')).toBe(Number(said?.[1]));
});
