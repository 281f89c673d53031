// Small files that other programs wrote.
import { readFile, stat } from 'node:fs/promises';
import { parsedJson } from '../../base/files/json-guard.ts';

/** Settings and manifests have some kilobytes; whatever is larger is something else. */
const MAX_BYTES = 1 << 20;

/** The text of a file; null where there is none that can be read, or where it is no small file. */
export async function readSmallFile(path: string): Promise<string | null> {
  try {
    const info = await stat(path);
    return info.isFile() && info.size <= MAX_BYTES ? await readFile(path, 'utf8') : null;
  } catch {
    return null; // what it would say is not known; the caller has a default
  }
}

/** Its JSON; null as above, and for text that is no JSON. */
export async function readSmallJson(path: string): Promise<unknown> {
  return parsedJson((await readSmallFile(path)) ?? '') ?? null;
}
