// Small files that other programs wrote.
import { readFile, stat } from 'node:fs/promises';
import { parsedJson } from '../../base/files/json-guard.ts';

/** Settings and manifests have some kilobytes; anything larger is something else. */
const MAX_BYTES = 1 << 20;

/** The text of a small file; null: it is not small, or cannot be read. */
export async function readSmallFile(path: string): Promise<string | null> {
  try {
    const info = await stat(path);
    return info.isFile() && info.size <= MAX_BYTES ? await readFile(path, 'utf8') : null;
  } catch {
    return null; // the caller has a default
  }
}

/** The JSON of a small file; null as above, and for text that is not JSON. */
export async function readSmallJson(path: string): Promise<unknown> {
  return parsedJson((await readSmallFile(path)) ?? '') ?? null;
}
