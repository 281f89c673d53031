// Patches carried to another release, in a repository of two small ones.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mergePatches, needsMending, unpackReleases, type MergedPatch } from '../../../native/merge-patches.ts';

const scratch = mkdtempSync(join(tmpdir(), 'winnow-patches-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const git = (folder: string, ...args: string[]): string =>
  execFileSync('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { encoding: 'utf8' });

const lines = (...changed: [number, string][]): string =>
  Array.from({ length: 40 }, (_, i) => changed.find(([at]) => at === i + 1)?.[1] ?? `line ${i + 1}`)
    .map((line) => `${line}\n`)
    .join('');

const OLD = { 'a.cpp': lines(), 'b.cpp': lines() };
/** One line is changed beside a patch's, another is the patch's own; the rest has moved down by one. */
const NEW = {
  'a.cpp': `new first line\n${lines([9, 'line 9, renamed'], [30, 'line 30, as upstream wants it'])}`,
  'b.cpp': `\n${lines()}`,
};

/** Files as a patch has them, each on top of the one before. */
const PATCHED: [string, Partial<typeof OLD>][] = [
  ['0001-moved', { 'b.cpp': lines([20, 'line 20, patched']) }],
  ['0002-beside', { 'a.cpp': lines([12, 'line 12, patched']) }],
  ['0003-same-line', { 'a.cpp': lines([12, 'line 12, patched'], [30, 'line 30, patched']) }],
  ['0004-on-that', { 'a.cpp': lines([12, 'line 12, patched'], [30, 'line 30, patched twice']) }],
];

const patches = join(scratch, 'patches');
const tree = join(scratch, 'tree');
let found: MergedPatch[];

function release(name: string, files: typeof OLD): string {
  const folder = join(scratch, name);
  mkdirSync(folder);
  git(folder, 'init', '--quiet', '--initial-branch=main');
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  git(folder, 'add', '--all');
  git(folder, 'commit', '--quiet', '--message', name);
  git(folder, 'bundle', 'create', '--quiet', join(scratch, `${name}.bundle`), 'HEAD', 'main');
  return folder;
}

beforeAll(() => {
  mkdirSync(patches);
  const old = release('old', OLD);
  release('new', NEW);
  for (const [name, files] of PATCHED) {
    for (const [file, text] of Object.entries(files)) writeFileSync(join(old, file), text);
    const why = `Why ${name} is needed.\n\n`;
    writeFileSync(join(patches, `${name}.patch`), why + git(old, 'diff', '--unified=3'));
    git(old, 'commit', '--quiet', '--all', '--message', name);
  }
  const bundles = { from: join(scratch, 'old.bundle'), to: join(scratch, 'new.bundle') };
  found = mergePatches(unpackReleases(tree, bundles), patches);
});

test('a patch whose lines have only moved applies as it is', () => {
  expect(found[0]).toEqual({ name: '0001-moved.patch', rejected: [], conflicts: [], refreshed: null });
});

test('a patch beside changed lines is merged, and written anew with what it says of itself', () => {
  const { rejected, conflicts, refreshed } = found[1]!;
  expect(rejected).toEqual([{ file: 'a.cpp', line: 9 }]);
  expect(conflicts).toEqual([]);
  expect(refreshed).toMatch(/^Why 0002-beside is needed\.\n\ndiff --git /);
  expect(refreshed).toContain(' line 9, renamed\n');
  const fresh = join(scratch, 'fresh');
  git(scratch, 'clone', '--quiet', join(scratch, 'new.bundle'), fresh);
  execFileSync('git', ['-C', fresh, 'apply'], { input: refreshed! });
  expect(readFileSync(join(fresh, 'a.cpp'), 'utf8')).toBe(NEW['a.cpp'].replace('line 12\n', 'line 12, patched\n'));
});

test('a patch of a line that has changed itself must be mended, and the place is shown', () => {
  const patch = found[2]!;
  expect(patch.rejected).toEqual([{ file: 'a.cpp', line: 27 }]);
  expect(patch.conflicts).toHaveLength(1);
  // one more than in the old release
  expect(patch.conflicts[0]).toMatchObject({ file: 'a.cpp', line: 31 });
  expect(patch.conflicts[0]!.text).toMatch(/line 30, as upstream wants it\n=+\nline 30, patched\n/);
});

test('one that follows it is judged as if it were mended', () => {
  expect(found[3]).toEqual({ name: '0004-on-that.patch', rejected: [], conflicts: [], refreshed: null });
  expect(found.map(needsMending)).toEqual([false, false, true, false]);
});

test('the tree is left with the first conflict in it, on the patches before it', () => {
  const text = readFileSync(join(tree, 'a.cpp'), 'utf8');
  expect(text).toContain('line 12, patched');
  expect(text).toMatch(/^<{7} .*\nline 30, as upstream wants it\n=+\nline 30, patched\n>{7} /m);
  expect(git(tree, 'log', '-1', '--format=%s').trim()).toBe('0002-beside.patch');
});
