// Checks before an export writes and before its result is trusted: names, folders, space, unchanged sources.
import { constants } from 'node:fs';
import { access, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { WinnowError } from '../../../contract/errors.ts';
import { msg } from '../../../contract/sentences.ts';
import { nearestFolder } from '../../base/files/free-space.ts';
import { fileIdentity } from '../../base/files/user-files.ts';
import { nameProblemOnWindows } from '../../base/files/windows.ts';
import type { PlannedFile } from './planned-file.ts';
import { sourceGone } from './source-bytes.ts';

/** Checks the name of the output. @throws WinnowError USAGE, TARGET_EXISTS, TARGET_UNWRITABLE */
export async function checkName(file: PlannedFile, overwrite: boolean): Promise<void> {
  const { path } = file;
  const refused = nameProblemOnWindows(path);
  if (refused !== null) throw refused;
  const existing = await stat(path).catch(() => null);
  const place = await fileIdentity(path);
  const sources = await Promise.all(sourcePaths([file]).map(fileIdentity));
  if (place !== null && sources.includes(place))
    throw new WinnowError('USAGE', msg('outputIsModel', { path }), { path });
  if (existing?.isDirectory()) throw new WinnowError('TARGET_UNWRITABLE', msg('outputIsFolder', { path }), { path });
  if (existing && !existing.isFile())
    throw new WinnowError('TARGET_UNWRITABLE', msg('outputIsDevice', { path }), { path });
  if (existing && !overwrite) throw new WinnowError('TARGET_EXISTS', msg('outputExists', { path }), { path });
}

/** Checks the folder of `path`, as far as can be known without creating one. @throws WinnowError TARGET_UNWRITABLE */
export async function checkFolder(path: string): Promise<void> {
  const folder = await nearestFolder(dirname(path));
  try {
    const existing = await stat(folder);
    if (!existing.isDirectory()) throw new Error(`${folder} is not a folder`);
    await access(folder, constants.W_OK);
  } catch (error) {
    throw unwritable(path, error);
  }
}

function sourcePaths(files: readonly PlannedFile[]): string[] {
  return [...new Set(files.flatMap((file) => file.tensors.map((tensor) => tensor.sourcePath)))];
}

/** Creates the folder of `path`. @throws WinnowError TARGET_UNWRITABLE */
export async function prepareFolder(path: string): Promise<void> {
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
    msg('outputUnwritable', { path, reason: error instanceof Error ? error.message : String(error) }),
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
      throw new WinnowError('MODEL_CHANGED', msg('changedWhileCopied', { path: old.path }), { path: old.path });
    }
  }
}
