// Carries the patches from one llama.cpp release to another: applied to the old release, each becomes a commit, which
// git merges into the new release on the basis of what the two have in common.
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { WinnowError } from '../electron/contract/errors.ts';

/** A place of a patch that differs in the new release from what the patch quotes. */
type Place = { readonly file: string; readonly line: number };

type Conflict = Place & {
  /** What the new release has there, and what the patch wants, with git's conflict marks. */
  readonly text: string;
};

export type MergedPatch = {
  readonly name: string;
  /** Hunks that `git apply` rejects, with line numbers of the patch. Empty: the patch applies as it is. */
  readonly rejected: readonly Place[];
  /** Conflicts, with line numbers of the merged file. */
  readonly conflicts: readonly Conflict[];
  /** The patch for the new release; null: it applies as it is, or a person must resolve it. */
  readonly refreshed: string | null;
};

type Result = { readonly ok: boolean; readonly out: string; readonly err: string };

/** Excludes the user's own settings. */
const AS_NOBODY = ['-c', 'user.name=winnow', '-c', 'user.email=winnow@localhost', '-c', 'core.autocrlf=false'];
const QUIETLY = ['-c', 'advice.detachedHead=false', '-c', 'merge.conflictStyle=merge', '-c', 'commit.gpgSign=false'];

function tryGit(tree: string, args: readonly string[], input?: string): Result {
  const { status, stdout, stderr, error } = spawnSync('git', ['-C', tree, ...AS_NOBODY, ...QUIETLY, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    ...(input !== undefined && { input }),
  });
  if (error) throw new WinnowError('NATIVE_BUILD', `git cannot be run: ${error.message}`);
  return { ok: status === 0, out: stdout, err: stderr };
}

/** Runs git, and returns its output. @throws WinnowError NATIVE_BUILD with git's message */
export function git(tree: string, ...args: readonly string[]): string {
  const { ok, out, err } = tryGit(tree, args);
  if (!ok) throw new WinnowError('NATIVE_BUILD', `git ${args.join(' ')} failed in ${tree}: ${err.trim()}`);
  return out;
}

/** Both releases as commits of one repository. */
export type Releases = { readonly tree: string; readonly from: string; readonly to: string };

/**
 * Unpacks both releases into a folder, which is made anew.
 * @param bundles as node-llama-cpp ships them
 * @throws WinnowError NATIVE_BUILD
 */
export function unpackReleases(tree: string, bundles: { readonly from: string; readonly to: string }): Releases {
  rmSync(tree, { recursive: true, force: true });
  git('.', 'clone', '--quiet', bundles.to, tree);
  const to = git(tree, 'rev-parse', 'HEAD').trim();
  git(tree, 'fetch', '--quiet', bundles.from, 'HEAD');
  return { tree, from: git(tree, 'rev-parse', 'FETCH_HEAD').trim(), to };
}

function clear(tree: string): void {
  git(tree, 'reset', '--quiet', '--hard');
  git(tree, 'clean', '-fdq');
}

function commit(tree: string, name: string): string {
  git(tree, 'add', '--all');
  git(tree, 'commit', '--quiet', '--allow-empty', '--message', name);
  return git(tree, 'rev-parse', 'HEAD').trim();
}

function applies(tree: string, text: string): boolean {
  return tryGit(tree, ['apply', '--index', '--whitespace=nowarn'], text).ok;
}

/** Returns the hunks that are rejected; leaves the tree as it was. */
function rejectedHunks(tree: string, text: string): Place[] {
  const { err } = tryGit(tree, ['apply', '--reject', '--whitespace=nowarn'], text);
  clear(tree);
  return [...err.matchAll(/^error: patch failed: (.*):(\d+)$/gm)].map(([, file = '', line]) => ({
    file,
    line: Number(line),
  }));
}

function conflictsIn(tree: string): Conflict[] {
  const files = git(tree, 'diff', '--name-only', '--diff-filter=U').split('\n').filter(Boolean);
  return files.flatMap((file) => {
    const { ok, out } = tryGit(tree, ['cat-file', '-e', `:2:${file}`]);
    if (!ok) return [{ file, line: 1, text: `the new release has no ${file}${out}` }];
    const text = readFileSync(join(tree, file), 'utf8');
    return [...text.matchAll(/^<{7} .*?^>{7} .*?$/gms)].map((match) => ({
      file,
      line: text.slice(0, match.index).split('\n').length,
      text: match[0],
    }));
  });
}

/** Keeps as many context lines as the patch has, and the text before its changes. */
function refresh(tree: string, old: string, base: string): string {
  const leading = [...old.matchAll(/^@@ .*\n((?: .*\n)*)/gm)].map(([, lines = '']) => lines.split('\n').length - 1);
  const context = Math.min(3, Math.max(1, ...leading));
  const preface = old.slice(0, Math.max(0, old.search(/^(diff|---) /m)));
  return preface + git(tree, 'diff', `--unified=${context}`, base, 'HEAD');
}

/**
 * Applies the patches one after the other, each on top of those before it. If one conflicts, those after it are judged
 * as if it had been resolved the way the patch wants; the tree is left in the state of the first conflict, with git's
 * marks in its files.
 * @param patches a folder of patches, which is only read
 * @throws WinnowError NATIVE_BUILD
 */
export function mergePatches({ tree, from, to }: Releases, patches: string): MergedPatch[] {
  const texts = readdirSync(patches)
    .filter((name) => name.endsWith('.patch'))
    .sort()
    .map((name) => ({ name, text: readFileSync(join(patches, name), 'utf8') }));

  git(tree, 'checkout', '--quiet', '--force', '--detach', from);
  const old = texts.map(({ name, text }) => (applies(tree, text) ? commit(tree, name) : null));

  git(tree, 'checkout', '--quiet', '--force', '--detach', to);
  const found: MergedPatch[] = [];
  let unmended: (() => void) | null = null;
  for (const [i, { name, text }] of texts.entries()) {
    const base = git(tree, 'rev-parse', 'HEAD').trim();
    if (applies(tree, text)) {
      commit(tree, name);
      found.push({ name, rejected: [], conflicts: [], refreshed: null });
      continue;
    }
    const rejected = rejectedHunks(tree, text);
    const change = old[i];
    const merge = (...options: string[]): boolean =>
      typeof change === 'string' && tryGit(tree, ['cherry-pick', '--no-commit', ...options, change]).ok;
    if (merge()) {
      commit(tree, name);
      found.push({ name, rejected, conflicts: [], refreshed: refresh(tree, text, base) });
      continue;
    }
    const conflicts = conflictsIn(tree);
    unmended ??= () => {
      git(tree, 'checkout', '--quiet', '--force', '--detach', base);
      merge();
    };
    clear(tree);
    if (merge('--strategy-option=theirs')) commit(tree, name);
    else clear(tree);
    found.push({ name, rejected, conflicts, refreshed: null });
  }
  unmended?.();
  return found;
}

/** Whether a person has to resolve it. */
export function needsMending({ rejected, refreshed }: MergedPatch): boolean {
  return rejected.length > 0 && refreshed === null;
}
