// Ollama's store: manifests state which blob, a GGUF file without a telling name, is which model.
import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { z } from 'zod';
import type { FoundFile } from './found-file.ts';
import { readSmallJson } from './small-file.ts';

const MODEL_LAYER = 'image.model';
/** The namespace of Ollama's own library, which names leave out. */
const OWN_NAMESPACE = 'library';

const manifest = z.object({
  layers: z.array(z.object({ mediaType: z.string(), digest: z.string() })),
});
const DIGEST = /^sha256[:-]([0-9a-f]{64})$/;

/** Whether a folder with these subfolders is an Ollama store. */
export function isOllamaStore(folderNames: readonly string[]): boolean {
  return folderNames.includes('manifests') && folderNames.includes('blobs');
}

/**
 * The models that the manifests in the store at `folder` name, as manifests/HOST/NAMESPACE/NAME/TAG.
 * @throws the system's error if the manifests cannot be read
 */
export async function* ollamaFiles(folder: string, signal: AbortSignal): AsyncGenerator<FoundFile> {
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
