// Searches a folder for model files, whatever program arranged it. It reads only folders and file names, and always ends,
// even with loops of links, folders that may not be read, and whole disks.
import type { Dirent } from 'node:fs';
import { opendir, readdir, stat, open } from 'node:fs/promises';
import { basename, join, relative, sep, dirname, extname } from 'node:path';
import { type Sentence, msg } from '../../../contract/sentences.ts';
import { errorCode } from '../../base/files/errno.ts';
import { firstPartPath, nameOfFile } from '../model-files.ts';
import { type Place, readSmallJson } from './places.ts';
import { z } from 'zod';

/** Levels of folders below the first. The deepest layout in use has five; people sort into some more. */
const MAX_DEPTH = 12;
/** Names read in one place. A home folder with its programs has about this many; a disk's root has millions. */
const MAX_ENTRIES = 200_000;
/** Models in one place: more would be a mistake, and a list that nobody reads. */
const MAX_MODELS = 5000;

/** Folders that hold no models, but many files. */
const SKIPPED = new Set(['.git', 'node_modules', '$RECYCLE.BIN', 'System Volume Information', '.Trash', '.Trashes']);
/** Folders whose entries the system presents as files although they are none. */
const NOT_ON_DISK = new Set(['/dev', '/proc', '/sys']);

/** What prevented a complete search. */
export type WalkFindings = {
  readonly unreadable: { readonly path: string; readonly errno: string }[];
  isCut: boolean;
};

type Content = { readonly folders: string[]; readonly files: string[]; readonly entries: number };

/**
 * The model files below a place's folder, each path once; a file that several links lead to appears several times.
 * A folder that does not exist holds none.
 * @param findings receives what could not be read
 * @throws the signal's reason
 */
export async function* walkFolder(
  place: Place,
  findings: WalkFindings,
  signal: AbortSignal,
): AsyncGenerator<FoundFile> {
  const visited = new Set<string>();
  const waiting = [{ path: place.path, depth: 0 }];
  let entries = 0;
  /** The models so far, by the paths of their first parts. */
  const models = new Set<string>();
  for (let folder = waiting.pop(); folder; folder = waiting.pop()) {
    signal.throwIfAborted();
    try {
      if (!(await isFirstVisit(folder.path, visited))) continue;
      const content = await readFolder(folder.path, MAX_ENTRIES - entries, signal);
      entries += content.entries;
      for await (const file of filesIn(folder.path, content, place, signal)) {
        yield file;
        models.add(firstPartPath(file.path));
        if (models.size === MAX_MODELS) break;
      }
      if (entries >= MAX_ENTRIES || models.size === MAX_MODELS) {
        findings.isCut = true;
        return;
      }
      if (folder.depth === MAX_DEPTH) continue;
      const depth = folder.depth + 1;
      waiting.push(...foldersToEnter(folder.path, content).map((path) => ({ path, depth })));
    } catch (error) {
      signal.throwIfAborted();
      const errno = errorCode(error);
      if (errno === '') throw error;
      // a missing folder, or a link to itself, is not a finding
      if (!['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errno)) findings.unreadable.push({ path: folder.path, errno });
    }
  }
}

/** Whether a folder is visited for the first time, by its inode, so that links to it do not count twice. */
async function isFirstVisit(folder: string, visited: Set<string>): Promise<boolean> {
  const { dev, ino } = await stat(folder, { bigint: true });
  const key = `${dev}:${ino}`;
  return !visited.has(key) && visited.add(key).size > 0;
}

async function readFolder(folder: string, limit: number, signal: AbortSignal): Promise<Content> {
  const content = { folders: [] as string[], files: [] as string[], entries: 0 };
  for await (const entry of await opendir(folder)) {
    signal.throwIfAborted();
    content.entries += 1;
    const kind = await entryKind(entry);
    if (kind === 'folder') content.folders.push(entry.name);
    if (kind === 'file') content.files.push(entry.name);
    if (content.entries >= limit) break;
  }
  return content;
}

/** The kind of an entry; links are followed. */
async function entryKind(entry: Dirent): Promise<'file' | 'folder' | 'other'> {
  const target = entry.isSymbolicLink()
    ? await stat(join(entry.parentPath, entry.name)).catch(() => null) // a dangling link
    : entry;
  if (target?.isFile()) return 'file';
  return target?.isDirectory() ? 'folder' : 'other';
}

async function* filesIn(
  folder: string,
  content: Content,
  place: Place,
  signal: AbortSignal,
): AsyncGenerator<FoundFile> {
  if (isOllamaStore(content.folders)) {
    yield* ollamaFiles(folder, signal);
    return;
  }
  for (const name of content.files) {
    signal.throwIfAborted();
    const path = join(folder, name);
    if (await isModelFile(path)) yield foundFile(path, place);
  }
}

function foldersToEnter(folder: string, { folders }: Content): string[] {
  if (isOllamaStore(folders)) return [];
  // in Hugging Face's cache, only the named files; the blobs that they link to have no names
  const names = isHubRepository(folder) && folders.includes('snapshots') ? ['snapshots'] : folders;
  return names
    .filter((name) => !SKIPPED.has(name))
    .map((name) => join(folder, name))
    .filter((path) => !NOT_ON_DISK.has(path));
}

/** What prevented a complete search of the place, in a sentence; null: nothing. */
export function walkProblem({ unreadable, isCut }: WalkFindings, place: Place): Sentence | null {
  const itself = unreadable.find(({ path }) => path === place.path);
  if (itself) return unreadableReason(itself.errno, place);
  if (isCut) {
    return msg('folderTooMuch', { files: MAX_ENTRIES, models: MAX_MODELS });
  }
  const [first] = unreadable;
  if (!first) return null;
  const name = basename(first.path);
  const more = unreadable.length - 1;
  return more === 0 ? msg('subfolderUnreadable', { name }) : msg('subfoldersUnreadable', { name, more });
}

function unreadableReason(errno: string, { origin }: Place): Sentence {
  if (errno !== 'EACCES' && errno !== 'EPERM') return msg('folderDiskGone', { errno });
  return origin === 'ollama' ? msg('folderOfOllama') : msg('folderForbidden');
}

const MODEL_LAYER = 'image.model';
/** The namespace of Ollama's own library, which names leave out. */
const OWN_NAMESPACE = 'library';

const manifest = z.object({
  layers: z.array(z.object({ mediaType: z.string(), digest: z.string() })),
});
const DIGEST = /^sha256[:-]([0-9a-f]{64})$/;

/** Whether a folder with these subfolders is an Ollama store. */
function isOllamaStore(folderNames: readonly string[]): boolean {
  return folderNames.includes('manifests') && folderNames.includes('blobs');
}

/**
 * The models that the manifests in the store at `folder` name, as manifests/HOST/NAMESPACE/NAME/TAG.
 * @throws the system's error if the manifests cannot be read
 */
async function* ollamaFiles(folder: string, signal: AbortSignal): AsyncGenerator<FoundFile> {
  const manifests = join(folder, 'manifests');
  for (const entry of await readdir(manifests, { recursive: true, withFileTypes: true })) {
    signal.throwIfAborted();
    if (!entry.isFile()) continue;
    const [namespace, name, tag] = relative(manifests, join(entry.parentPath, entry.name)).split(sep).slice(-3);
    if (namespace === undefined || name === undefined || tag === undefined) continue;
    for (const hash of await modelBlobs(join(entry.parentPath, entry.name))) {
      yield {
        path: join(folder, 'blobs', `sha256-${hash}`),
        name: `${name}:${tag}`,
        publisher: namespace === OWN_NAMESPACE ? null : namespace,
      };
    }
  }
}

async function modelBlobs(path: string): Promise<string[]> {
  const { data } = manifest.safeParse(await readSmallJson(path));
  const layers = data?.layers.filter(({ mediaType }) => mediaType.endsWith(MODEL_LAYER)) ?? [];
  return layers.flatMap(({ digest }) => DIGEST.exec(digest)?.[1] ?? []);
}

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
function isHubRepository(folder: string): boolean {
  return HUB_REPOSITORY.test(basename(folder));
}

/** Whether the file belongs in the list: it ends in .gguf, or has no telling ending and begins like a GGUF. */
async function isModelFile(path: string): Promise<boolean> {
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
function foundFile(path: string, place: Place): FoundFile {
  return { path, name: nameOfFile(path), publisher: findPublisher(path, place) };
}

function findPublisher(path: string, place: Place): string | null {
  const repository = dirname(path)
    .split(sep)
    .findLast((name) => HUB_REPOSITORY.test(name));
  if (repository !== undefined) return HUB_REPOSITORY.exec(repository)?.groups?.['organisation'] ?? null;
  const [publisher, model] = relative(place.path, dirname(path)).split(sep);
  return BY_PUBLISHER.includes(place.origin) && model !== undefined ? (publisher ?? null) : null;
}
