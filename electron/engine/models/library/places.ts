// Where other programs keep models, by their own rules. Only LM Studio's own small files are read for this.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { userHomeFolder } from '../../base/files/paths.ts';
import { MODEL_ORIGINS, type ModelOrigin } from '../../../contract/api/library.ts';
import { readFile, stat } from 'node:fs/promises';
import { parsedJson } from '../../base/files/json-guard.ts';

export type Machine = {
  readonly platform: NodeJS.Platform;
  readonly env: NodeJS.ProcessEnv;
  /** The user's home folder. */
  readonly userFolder: string;
};

/** The machine that this process runs on. */
export function thisMachine(): Machine {
  return { platform: process.platform, env: process.env, userFolder: userHomeFolder() };
}

/** A folder that may hold models. */
export type Place = { readonly origin: ModelOrigin; readonly path: string };

/** The folder that LM Studio works in, and the one that its user chose for models. */
type LmStudioFolders = { readonly home: string; readonly downloads: string | null };

const lmStudioSettings = z.object({ downloadsFolder: z.string().min(1) });

/** Looked up in LM Studio's own order: its variable, its pointer file, the folder of old versions if it exists, the default. */
export async function lmStudioFolders(machine: Machine): Promise<LmStudioFolders> {
  const paths = pathModule(machine);
  const { env, userFolder } = machine;
  const old = paths.join(userFolder, '.cache', 'lm-studio');
  const pointed = (await readSmallFile(paths.join(userFolder, '.lmstudio-home-pointer')))?.trim();
  const named = [env['LMSTUDIO_HOME'], pointed].find((folder) => folder !== undefined && paths.isAbsolute(folder));
  const home = named ?? (existsSync(old) ? old : paths.join(userFolder, '.lmstudio'));
  const chosen = lmStudioSettings.safeParse(await readSmallJson(paths.join(home, 'settings.json'))).data
    ?.downloadsFolder;
  return {
    home: paths.resolve(home),
    downloads: chosen !== undefined && paths.isAbsolute(chosen) ? paths.resolve(chosen) : null,
  };
}

/** Every place once. If a model is found twice, the first place in this order gives its origin. */
export function modelPlaces(machine: Machine, lmStudio: LmStudioFolders): Place[] {
  const paths = pathModule(machine);
  const jan = janDataFolders(machine);
  const folders = new Map<ModelOrigin, readonly string[]>([
    ['lm-studio', [paths.join(lmStudio.home, 'models'), ...(lmStudio.downloads === null ? [] : [lmStudio.downloads])]],
    ['ollama', ollamaFolders(machine)],
    ['llama.cpp', llamaCppFolders(machine)],
    ['hugging-face', [huggingFaceHub(machine)]],
    ['jan', jan.flatMap((data) => [paths.join(data, 'llamacpp', 'models'), paths.join(data, 'models')])],
    ['gpt4all', [paths.join(dataFolder(machine, 'local'), 'nomic.ai', 'GPT4All')]],
  ]);
  const seen = new Set<string>();
  return MODEL_ORIGINS.flatMap((origin) => (folders.get(origin) ?? []).map((path): Place => ({ origin, path }))).filter(
    ({ path }) => !seen.has(path) && seen.add(path),
  );
}

/** The path rules of the machine's platform, whatever platform this process runs on. */
function pathModule({ platform }: Machine): path.PlatformPath {
  return platform === 'win32' ? path.win32 : path.posix;
}

/** The first of these environment variables that is set to an absolute path; null: none. */
function variable(machine: Machine, ...names: readonly string[]): string | null {
  const paths = pathModule(machine);
  const value = names.map((name) => machine.env[name]).find((text) => text !== undefined && paths.isAbsolute(text));
  return value === undefined ? null : paths.resolve(value);
}

function cacheFolder(machine: Machine): string {
  return variable(machine, 'XDG_CACHE_HOME') ?? pathModule(machine).join(machine.userFolder, '.cache');
}

/** The folder in which programs of this platform keep their data; Windows has two such folders. */
function dataFolder(machine: Machine, kind: 'local' | 'roaming'): string {
  const paths = pathModule(machine);
  const { platform, userFolder } = machine;
  if (platform === 'darwin') return paths.join(userFolder, 'Library', 'Application Support');
  if (platform !== 'win32') return variable(machine, 'XDG_DATA_HOME') ?? paths.join(userFolder, '.local', 'share');
  return kind === 'local'
    ? (variable(machine, 'LOCALAPPDATA') ?? paths.join(userFolder, 'AppData', 'Local'))
    : (variable(machine, 'APPDATA') ?? paths.join(userFolder, 'AppData', 'Roaming'));
}

function huggingFaceHub(machine: Machine): string {
  const paths = pathModule(machine);
  const hub = variable(machine, 'HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE');
  const home = variable(machine, 'HF_HOME');
  return hub ?? (home === null ? paths.join(cacheFolder(machine), 'huggingface', 'hub') : paths.join(home, 'hub'));
}

/** llama.cpp's own cache, and the folder of plain files that versions before the shared Hugging Face cache used. */
function llamaCppFolders(machine: Machine): string[] {
  const own = variable(machine, 'LLAMA_CACHE');
  return [...(own === null ? [] : [own]), pathModule(machine).join(plainCacheFolder(machine), 'llama.cpp')];
}

function plainCacheFolder(machine: Machine): string {
  if (machine.platform === 'win32') return dataFolder(machine, 'local');
  if (machine.platform === 'darwin') return pathModule(machine).join(machine.userFolder, 'Library', 'Caches');
  return cacheFolder(machine);
}

/** Ollama's folders; as a service, it runs under a user of its own. */
function ollamaFolders(machine: Machine): string[] {
  const chosen = variable(machine, 'OLLAMA_MODELS');
  if (chosen !== null) return [chosen];
  const own = pathModule(machine).join(machine.userFolder, '.ollama', 'models');
  return machine.platform === 'linux' ? [own, '/usr/share/ollama/.ollama/models'] : [own];
}

/** Jan's data folders, which moved between versions. */
function janDataFolders(machine: Machine): string[] {
  const paths = pathModule(machine);
  const current = paths.join(dataFolder(machine, 'roaming'), 'Jan', 'data');
  const old = paths.join(machine.userFolder, 'jan');
  if (machine.platform !== 'linux') return [current, old];
  const config = variable(machine, 'XDG_CONFIG_HOME') ?? paths.join(machine.userFolder, '.config');
  return [current, paths.join(config, 'Jan', 'data'), old];
}

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
