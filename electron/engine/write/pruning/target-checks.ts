// Checks before an export writes and before its result is trusted: names, folders, space, unchanged sources.
import { constants } from 'node:fs';
import { access, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { WinnowError, type ErrorCode } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import { freeBytes, nearestFolder, spaceProblem } from '../../base/files/free-space.ts';
import { identityOf } from '../../base/files/user-files.ts';
import { nameProblemOnWindows } from '../../base/files/windows.ts';
import type { PlannedFile } from './planned-file.ts';
import { sourceGone } from './source-bytes.ts';

/**
 * Checks the names of the output, and creates its folders.
 * @throws WinnowError USAGE, TARGET_EXISTS, TARGET_UNWRITABLE
 */
export async function checkTargets(files: readonly PlannedFile[], overwrite: boolean): Promise<void> {
  await checkNames(files, overwrite);
  for (const { path } of files) await prepareFolder(path);
}

/**
 * The part of `checkTargets` that changes nothing.
 * @throws WinnowError USAGE, TARGET_EXISTS, TARGET_UNWRITABLE
 */
export async function checkNames(files: readonly PlannedFile[], overwrite: boolean): Promise<void> {
  const [first] = await nameProblems(files, overwrite);
  if (first) throw first;
}

/** Problems that prevent writing under the files' names. */
export async function nameProblems(files: readonly PlannedFile[], overwrite: boolean): Promise<WinnowError[]> {
  const paths = files.map(({ path }) => path);
  const twice = paths.find((path, i) => paths.indexOf(path) !== i);
  if (twice !== undefined) return [new WinnowError('USAGE', say('outputTwice', { path: twice }))];
  const sources = new Set(await Promise.all(sourcePaths(files).map(identityOf)));
  const problems = await Promise.all(paths.map((path) => nameProblem(path, sources, overwrite)));
  return firstOfEachCode(problems.filter((problem) => problem !== null));
}

/** The first problem of each kind: what is wrong with one part of a model is usually wrong with all. */
function firstOfEachCode(problems: readonly WinnowError[]): WinnowError[] {
  const firsts = new Map<ErrorCode, WinnowError>();
  for (const problem of problems) if (!firsts.has(problem.code)) firsts.set(problem.code, problem);
  return [...firsts.values()];
}

async function nameProblem(
  path: string,
  sources: ReadonlySet<string | null>,
  overwrite: boolean,
): Promise<WinnowError | null> {
  const refused = nameProblemOnWindows(path);
  if (refused !== null) return refused;
  const existing = await stat(path).catch(() => null);
  const place = await identityOf(path);
  if (place !== null && sources.has(place)) return new WinnowError('USAGE', say('outputIsModel', { path }), { path });
  if (existing?.isDirectory()) return new WinnowError('TARGET_UNWRITABLE', say('outputIsFolder', { path }), { path });
  if (existing && !existing.isFile())
    return new WinnowError('TARGET_UNWRITABLE', say('outputIsDevice', { path }), {
      path,
    });
  if (existing && !overwrite) return new WinnowError('TARGET_EXISTS', say('outputExists', { path }), { path });
  return null;
}

/** Why the folder of `path` accepts no file, as far as can be known without creating one; null: no known reason. */
export async function folderProblem(path: string): Promise<WinnowError | null> {
  const folder = await nearestFolder(dirname(path));
  try {
    const existing = await stat(folder);
    if (!existing.isDirectory()) throw new Error(`${folder} is not a folder`);
    await access(folder, constants.W_OK);
    return null;
  } catch (error) {
    return unwritable(path, error);
  }
}

function sourcePaths(files: readonly PlannedFile[]): string[] {
  return [...new Set(files.flatMap((file) => file.tensors.map((tensor) => tensor.sourcePath)))];
}

async function prepareFolder(path: string): Promise<void> {
  const folder = dirname(path);
  try {
    await makeFolder(folder);
    await access(folder, constants.W_OK);
  } catch (error) {
    throw unwritable(path, error);
  }
}

function unwritable(path: string, error: unknown): WinnowError {
  return new WinnowError(
    'TARGET_UNWRITABLE',
    say('outputUnwritable', { path, reason: error instanceof Error ? error.message : String(error) }),
    { path: dirname(path) },
    error,
  );
}

/** Creates a folder and its parents. Node's recursive mkdir never returns if creation fails with ENOENT although the parent exists (/proc). */
async function makeFolder(folder: string): Promise<void> {
  const existing = await stat(folder).catch(() => null);
  if (existing?.isDirectory()) return;
  if (existing) throw new Error(`${folder} is not a folder`);
  await makeFolder(dirname(folder));
  await mkdir(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // created by another process meanwhile
  });
}

/** Requires enough free space for the files. @throws WinnowError NO_SPACE */
export async function checkSpace(files: readonly PlannedFile[], bytes: readonly number[]): Promise<void> {
  const [problem] = await spaceProblems(files, bytes);
  if (problem) throw problem;
}

/** The NO_SPACE errors for disks with too little room for their files. */
export async function spaceProblems(files: readonly PlannedFile[], bytes: readonly number[]): Promise<WinnowError[]> {
  const problems: WinnowError[] = [];
  for (const { folders, bytes: own } of await bytesByDisk(files, bytes)) {
    const [folder = '.'] = folders;
    const problem = spaceProblem(folder, await freeBytes(folder), own);
    if (problem) problems.push(problem);
  }
  return problems;
}

/** What each disk will hold: the folders of its files, and the files' sizes. */
export async function bytesByDisk(
  files: readonly Pick<PlannedFile, 'path'>[],
  bytes: readonly number[],
): Promise<{ readonly folders: readonly string[]; readonly bytes: readonly number[] }[]> {
  const folders = [...new Set(files.map(({ path }) => dirname(path)))];
  const disks = await Promise.all(folders.map(async (folder) => (await stat(await nearestFolder(folder))).dev));
  const groups = Map.groupBy(folders, (folder) => disks[folders.indexOf(folder)]);
  return [...groups.values()].map((own) => ({
    folders: own,
    bytes: bytes.filter((_, i) => own.includes(dirname(files[i]?.path ?? ''))),
  }));
}

type SourceState = { readonly path: string; readonly size: number; readonly mtimeMs: number };

/** Size and modification time of every source file, for a later comparison. */
export async function sourceStates(files: readonly PlannedFile[]): Promise<SourceState[]> {
  return Promise.all(sourcePaths(files).map((path) => sourceState(path)));
}

async function sourceState(path: string): Promise<SourceState> {
  const info = await stat(path).catch(() => {
    throw sourceGone(path);
  });
  return { path, size: info.size, mtimeMs: info.mtimeMs };
}

/** Requires that no source has changed. @throws WinnowError MODEL_CHANGED */
export async function checkSourcesUnchanged(before: readonly SourceState[]): Promise<void> {
  for (const old of before) {
    const now = await sourceState(old.path);
    if (now.size !== old.size || now.mtimeMs !== old.mtimeMs) {
      throw new WinnowError('MODEL_CHANGED', say('changedWhileCopied', { path: old.path }), { path: old.path });
    }
  }
}
