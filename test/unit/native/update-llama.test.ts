// Patches carried to another release, in a repository of two small ones.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { clonePatched, moveCommits, writePatches } from '../../../native/update-llama.ts';

let scratch: string;
beforeEach(() => void (scratch = mkdtempSync(join(tmpdir(), 'winnow-patches-'))));
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

const git = (folder: string, ...args: string[]): string =>
  execFileSync('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { encoding: 'utf8' });

/** Forty lines, of which some are others. */
const lines = (changed: Readonly<Record<number, string>> = {}): string =>
  Array.from({ length: 40 }, (_, i) => `${changed[i + 1] ?? `line ${i + 1}`}\n`).join('');

function release(name: string, text: string): string {
  const folder = join(scratch, name);
  mkdirSync(folder);
  git(folder, 'init', '--quiet', '--initial-branch=main');
  writeFileSync(join(folder, 'a.cpp'), text);
  git(folder, 'add', '--all');
  git(folder, 'commit', '--quiet', '--message', name);
  git(folder, 'bundle', 'create', '--quiet', `${folder}.bundle`, 'HEAD', 'main');
  return folder;
}

/** Writes two patches of the old release. @returns the folders, and how the new release reads with the patches as they are now */
function moving(newRelease: string) {
  const [old, patches, clone] = [release('old', lines()), join(scratch, 'patches'), join(scratch, 'clone')];
  const next = release('new', newRelease);
  mkdirSync(patches);
  const texts = [lines({ 12: 'patched' }), lines({ 12: 'patched', 30: 'patched too' })];
  for (const [index, text] of texts.entries()) {
    writeFileSync(join(old, 'a.cpp'), text);
    writeFileSync(join(patches, `000${index}.patch`), `Why ${index}.\n\n${git(old, 'diff')}`);
    git(old, 'commit', '--quiet', '--all', '--message', String(index));
  }
  clonePatched(clone, `${old}.bundle`, patches);
  const patched = (): string => {
    for (const index of [0, 1]) git(next, 'apply', join(patches, `000${index}.patch`));
    return readFileSync(join(next, 'a.cpp'), 'utf8');
  };
  return { bundle: `${next}.bundle`, patches, clone, patched };
}

test('patches beside changed lines apply to the new release, and keep what they say of themselves', () => {
  const { bundle, patches, clone, patched } = moving(`new\n${lines({ 9: 'renamed' })}`);
  moveCommits(clone, bundle);
  writePatches(clone, patches);
  expect(patched()).toBe(`new\n${lines({ 9: 'renamed', 12: 'patched', 30: 'patched too' })}`);
  expect(readFileSync(join(patches, '0001.patch'), 'utf8')).toMatch(/^Why 1\.\n\ndiff --git /);
});

test('where the very line was changed, git’s marks are left, and the move goes on when they are resolved', () => {
  const { bundle, patches, clone, patched } = moving(lines({ 30: 'as upstream wants it' }));
  expect(() => moveCommits(clone, bundle)).toThrow(/rebase/);
  const file = join(clone, 'a.cpp');
  expect(readFileSync(file, 'utf8')).toMatch(/^<{7} .*\nas upstream wants it\n=+\npatched too\n>{7} /m);
  writeFileSync(file, lines({ 12: 'patched', 30: 'resolved' }));
  moveCommits(clone, bundle);
  writePatches(clone, patches);
  expect(patched()).toBe(lines({ 12: 'patched', 30: 'resolved' }));
});
