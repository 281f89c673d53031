// A file that is, or claims to be, a GGUF model, with its name as far as the path tells.
import { open, stat } from 'node:fs/promises';
import { basename, dirname, extname, relative, sep } from 'node:path';
import { nameOfFile } from '../model-name.ts';
import type { Place } from './places.ts';

export type FoundFile = {
  readonly path: string;
  /** null: the path does not tell. */
  readonly name: string | null;
  readonly publisher: string | null;
};

const GGUF = /\.gguf$/i;
/** Files with these endings, or none, are opened to check: blobs of content-addressed stores, and names from old programs. */
const UNTELLING_ENDINGS = ['', '.bin'];
/** Smaller files without a telling ending are not opened: no model with weights is that small. */
const SNIFFED_FROM_BYTES = 1 << 20;
/** The prefix under which macOS keeps a file's attributes beside it on foreign disks. */
const APPLE_DOUBLE = '._';

/** Origins that keep models as PUBLISHER/MODEL/FILE. */
const BY_PUBLISHER: readonly Place['origin'][] = ['lm-studio', 'jan'];

/** A folder of Hugging Face's cache: models--ORGANISATION--REPOSITORY. */
const HUB_REPOSITORY = /^models--(?<organisation>.+?)--(?<repository>.+)$/;

/** Whether the folder is named as Hugging Face's cache names a repository. */
export function isHubRepository(folder: string): boolean {
  return HUB_REPOSITORY.test(basename(folder));
}

/** Whether the file belongs in the list: it ends in .gguf, or has no telling ending and begins like a GGUF. */
export async function isModelFile(path: string): Promise<boolean> {
  const name = basename(path);
  if (name.startsWith(APPLE_DOUBLE)) return false;
  return GGUF.test(name) || (UNTELLING_ENDINGS.includes(extname(name)) && beginsLikeGguf(path));
}

async function beginsLikeGguf(path: string): Promise<boolean> {
  try {
    if ((await stat(path)).size < SNIFFED_FROM_BYTES) return false;
    await using file = await open(path, 'r');
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.toString('latin1') === 'GGUF';
  } catch {
    return false; // unreadable, with no telling name: nobody would call it a model
  }
}

/** A model file with its name and publisher. @param place where the search began: programs lay out publishers differently */
export function foundFile(path: string, place: Place): FoundFile {
  return { path, name: nameOfFile(path), publisher: publisherOf(path, place) };
}

function publisherOf(path: string, place: Place): string | null {
  const repository = dirname(path)
    .split(sep)
    .findLast((name) => HUB_REPOSITORY.test(name));
  if (repository !== undefined) return HUB_REPOSITORY.exec(repository)?.groups?.['organisation'] ?? null;
  const [publisher, model] = relative(place.path, dirname(path)).split(sep);
  return BY_PUBLISHER.includes(place.origin) && model !== undefined ? (publisher ?? null) : null;
}
