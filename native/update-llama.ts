// Moves this checkout to another release of node-llama-cpp, and so of llama.cpp: `npm run update:llama -- VERSION`, on a clean
// checkout. git carries the patches over, each as a commit. After a conflict that was resolved, the same command goes on.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUILD_DIR, NATIVE_DIR } from './places.ts';
import { llamaSource } from './prebuilt.ts';

const ROOT = join(NATIVE_DIR, '..');
/** Of the release that was moved from, in the clone that has the patches as commits. */
const OLD = 'winnow-old-release';

/** Runs git, and returns its output. @throws with git's message */
function git(folder: string, ...args: readonly string[]): string {
  const asNobody = ['-c', 'user.name=winnow', '-c', 'user.email=winnow@localhost', '-c', 'core.autocrlf=false'];
  const silent = ['-c', 'commit.gpgSign=false', '-c', 'core.editor=true', '-c', 'advice.detachedHead=false'];
  return execFileSync('git', ['-C', folder, ...asNobody, ...silent, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

function patchNames(patches: string): string[] {
  return readdirSync(patches)
    .filter((name) => name.endsWith('.patch'))
    .sort();
}

/** Clones a release, and commits each patch on top of it. @param bundle as node-llama-cpp ships it */
export function clonePatched(clone: string, bundle: string, patches: string): void {
  rmSync(clone, { recursive: true, force: true });
  git('.', 'clone', '--quiet', bundle, clone);
  git(clone, 'tag', OLD);
  for (const name of patchNames(patches)) {
    git(clone, 'apply', '--index', '--whitespace=nowarn', join(patches, name));
    git(clone, 'commit', '--quiet', '--message', name);
  }
}

/**
 * Moves the commits to another release, or goes on where a conflict was resolved in the clone.
 * @throws where git cannot merge: the clone then has git's conflict marks in its files
 */
export function moveCommits(clone: string, bundle: string): void {
  if (existsSync(join(clone, '.git/rebase-merge'))) {
    git(clone, 'add', '--all');
    git(clone, 'rebase', '--continue');
    return;
  }
  git(clone, 'fetch', '--quiet', bundle, 'HEAD');
  git(clone, 'rebase', '--quiet', '--empty=keep', '--onto', 'FETCH_HEAD', OLD);
}

/** Writes the moved commits back as patches, each below the words that it began with. */
export function writePatches(clone: string, patches: string): void {
  const names = patchNames(patches);
  for (const [index, name] of names.entries()) {
    const place = join(patches, name);
    const old = readFileSync(place, 'utf8');
    const commit = `HEAD~${names.length - 1 - index}`;
    writeFileSync(place, old.slice(0, old.search(/^diff /m)) + git(clone, 'diff', `${commit}~`, commit));
  }
}

function update(version: string): void {
  const clone = join(BUILD_DIR, 'update');
  const patches = join(NATIVE_DIR, 'patches');
  const isGoingOn = existsSync(join(clone, '.git/rebase-merge'));
  if (!isGoingOn) {
    if (git(ROOT, 'status', '--porcelain') !== '')
      throw new Error('Commit what you changed, or put it aside: git stash');
    clonePatched(clone, llamaSource().bundle, patches);
    const npm = process.env['npm_execpath'];
    const [program, ...script] = npm === undefined ? ['npm'] : [process.execPath, npm];
    execFileSync(program, [...script, 'install', '--save-exact', `node-llama-cpp@${version}`], { stdio: 'inherit' });
  }
  try {
    moveCommits(clone, llamaSource().bundle);
  } catch (error) {
    throw new Error(`Resolve the conflict in ${clone}, then run the same command again.`, { cause: error });
  }
  writePatches(clone, patches);
  process.stdout.write(`Moved to llama.cpp ${llamaSource().tag}. Read git diff, then: npm run test:host\n`);
}

if (import.meta.main) {
  const [version] = process.argv.slice(2);
  try {
    if (version === undefined)
      throw new Error('Usage: npm run update:llama -- VERSION  of node-llama-cpp, such as 3.21.1');
    update(version);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
