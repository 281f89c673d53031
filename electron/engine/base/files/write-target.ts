// What a result may replace under a name that a user gives: nothing, or what Winnow wrote there before, and never what Winnow
// keeps for itself.
import { open, stat } from 'node:fs/promises';
import { relative } from 'node:path';
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import { realPathOf } from './paths.ts';
import { nameProblemOnWindows } from './windows.ts';

const HEAD_BYTES = 4096;

/** What Winnow keeps in its data folder: the database with SQLite's files beside it, and folders. Results may lie beside these. */
const OWN_PLACES = new RegExp(
  String.raw`^(?:winnow\.db|(?:answers|downloads|hub|logs|models|received-tensors|repairs|tmp|unfinished)(?:[/\\]|$))`,
  // other systems ignore case in names
  process.platform === 'linux' ? '' : 'i',
);

/** How each kind of result begins: a repeated command replaces what it wrote before. */
const BEGINNINGS = {
  scores: /^\{"model":\{"path":/,
  report: /^<!doctype html>[^]*<meta name="generator" content="Winnow" \/>/,
  imatrix: /^GGUF[^]*general\.type[^]*imatrix/,
  // also lists of experts for other programs: vLLM, KTransformers, vLLM-Ascend
  choice:
    /^\{(?:\s*"format": "winnow-choice"|"version":1,"model":"[^"]*","pruned_experts":|"logical_count":\[\[\[|"\d+":\[\d)/,
} as const;

/**
 * Checks that a result may be written to a path. Devices and pipes pass: they are written to directly.
 * @param kind what will be written
 * @throws WinnowError TARGET_EXISTS: something else is there; TARGET_UNWRITABLE: a folder, or Winnow's own
 */
export async function checkResultTarget(path: string, kind: keyof typeof BEGINNINGS, ownFolder: string): Promise<void> {
  refuseOwnPlace(path, ownFolder);
  const refused = nameProblemOnWindows(path);
  if (refused !== null) throw refused;
  const there = await stat(path).catch(() => null);
  if (there?.isDirectory()) throw new WinnowError('TARGET_UNWRITABLE', say('outputIsFolder', { path }), { path });
  if (!there?.isFile() || there.size === 0 || BEGINNINGS[kind].test(await headOf(path))) return;
  throw new WinnowError('TARGET_EXISTS', say('outputForeign', { path }), { path });
}

/**
 * Refuses the database and the folders beside it as the place of a result, whoever asks and whatever is allowed.
 * @param ownFolder Winnow's data folder, which need not exist
 * @throws WinnowError TARGET_UNWRITABLE when the path leads, through any links, to what Winnow keeps there for itself
 */
export function refuseOwnPlace(path: string, ownFolder: string): void {
  if (!OWN_PLACES.test(relative(realPathOf(ownFolder), realPathOf(path)))) return;
  throw new WinnowError('TARGET_UNWRITABLE', say('outputIsWinnows', { path, folder: ownFolder }), { path });
}

/** @returns an empty text for a file that cannot be read: it is not known to be Winnow's */
async function headOf(path: string): Promise<string> {
  try {
    await using file = await open(path);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } catch {
    return '';
  }
}
