// Where each program keeps its models, by platform and by the variables that its user may have set.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lmStudioFolders, modelPlaces, type Machine } from '../../../electron/engine/models/library/places.ts';
import { temporaryHome } from '../store/support.ts';

const linux: Machine = { platform: 'linux', env: {}, userFolder: '/home/ada' };
const mac: Machine = { platform: 'darwin', env: {}, userFolder: '/Users/ada' };
const windows: Machine = { platform: 'win32', env: {}, userFolder: 'C:\\Users\\ada' };

function places(machine: Machine, home = '/lms'): string[] {
  return modelPlaces(machine, { home, downloads: null }).map(({ origin, path }) => `${origin} ${path}`);
}

describe('with nothing set', () => {
  test('Linux', () => {
    expect(places(linux)).toEqual([
      'lm-studio /lms/models',
      'ollama /home/ada/.ollama/models',
      'ollama /usr/share/ollama/.ollama/models',
      'llama.cpp /home/ada/.cache/llama.cpp',
      'hugging-face /home/ada/.cache/huggingface/hub',
      'jan /home/ada/.local/share/Jan/data/llamacpp/models',
      'jan /home/ada/.local/share/Jan/data/models',
      'jan /home/ada/.config/Jan/data/llamacpp/models',
      'jan /home/ada/.config/Jan/data/models',
      'jan /home/ada/jan/llamacpp/models',
      'jan /home/ada/jan/models',
      'gpt4all /home/ada/.local/share/nomic.ai/GPT4All',
    ]);
  });

  test('macOS', () => {
    expect(places(mac)).toEqual([
      'lm-studio /lms/models',
      'ollama /Users/ada/.ollama/models',
      'llama.cpp /Users/ada/Library/Caches/llama.cpp',
      'hugging-face /Users/ada/.cache/huggingface/hub',
      'jan /Users/ada/Library/Application Support/Jan/data/llamacpp/models',
      'jan /Users/ada/Library/Application Support/Jan/data/models',
      'jan /Users/ada/jan/llamacpp/models',
      'jan /Users/ada/jan/models',
      'gpt4all /Users/ada/Library/Application Support/nomic.ai/GPT4All',
    ]);
  });

  test('Windows', () => {
    expect(places(windows, 'D:\\lms')).toEqual([
      'lm-studio D:\\lms\\models',
      'ollama C:\\Users\\ada\\.ollama\\models',
      'llama.cpp C:\\Users\\ada\\AppData\\Local\\llama.cpp',
      'hugging-face C:\\Users\\ada\\.cache\\huggingface\\hub',
      'jan C:\\Users\\ada\\AppData\\Roaming\\Jan\\data\\llamacpp\\models',
      'jan C:\\Users\\ada\\AppData\\Roaming\\Jan\\data\\models',
      'jan C:\\Users\\ada\\jan\\llamacpp\\models',
      'jan C:\\Users\\ada\\jan\\models',
      'gpt4all C:\\Users\\ada\\AppData\\Local\\nomic.ai\\GPT4All',
    ]);
  });
});

describe('variables', () => {
  const of = (origin: string, env: NodeJS.ProcessEnv, machine = linux): string[] =>
    places({ ...machine, env }).filter((place) => place.startsWith(`${origin} `));

  test.each([
    [{ HF_HUB_CACHE: '/a', HUGGINGFACE_HUB_CACHE: '/b', HF_HOME: '/c', XDG_CACHE_HOME: '/d' }, '/a'],
    [{ HUGGINGFACE_HUB_CACHE: '/b', HF_HOME: '/c', XDG_CACHE_HOME: '/d' }, '/b'],
    [{ HF_HOME: '/c', XDG_CACHE_HOME: '/d' }, '/c/hub'],
    [{ XDG_CACHE_HOME: '/d/' }, '/d/huggingface/hub'],
    [{ HF_HOME: 'relative' }, '/home/ada/.cache/huggingface/hub'],
    [{ HF_HOME: '' }, '/home/ada/.cache/huggingface/hub'],
  ])('Hugging Face: %o', (env, hub) => {
    expect(of('hugging-face', env)).toEqual([`hugging-face ${hub}`]);
  });

  test('Ollama in one chosen folder, without the service’s', () => {
    expect(of('ollama', { OLLAMA_MODELS: '/big/ollama/' })).toEqual(['ollama /big/ollama']);
  });

  test('llama.cpp with a cache of its own, beside the old place', () => {
    const env = { LLAMA_CACHE: '/l', XDG_CACHE_HOME: '/d' };
    expect(of('llama.cpp', env)).toEqual(['llama.cpp /l', 'llama.cpp /d/llama.cpp']);
  });

  test('data folders that were moved', () => {
    const moved = { XDG_DATA_HOME: '/data', XDG_CONFIG_HOME: '/config' };
    expect(of('jan', moved)).toContain('jan /data/Jan/data/llamacpp/models');
    expect(of('jan', moved)).toContain('jan /config/Jan/data/models');
    expect(of('gpt4all', moved)).toEqual(['gpt4all /data/nomic.ai/GPT4All']);
    const local = { LOCALAPPDATA: 'E:\\Local', APPDATA: 'E:\\Roaming' };
    expect(of('gpt4all', local, windows)).toEqual(['gpt4all E:\\Local\\nomic.ai\\GPT4All']);
    expect(of('jan', local, windows)).toContain('jan E:\\Roaming\\Jan\\data\\models');
  });

  test('a folder that two programs share counts once, for the first', () => {
    const shared = places({ ...linux, env: { LLAMA_CACHE: '/shared', HF_HUB_CACHE: '/shared' } });
    expect(shared.filter((place) => place.endsWith(' /shared'))).toEqual(['llama.cpp /shared']);
  });
});

describe('LM Studio', () => {
  const machineAt = (userFolder: string, env: NodeJS.ProcessEnv = {}): Machine => ({
    ...linux,
    platform: process.platform,
    userFolder,
    env,
  });

  test('by its variable, its pointer, its old folder, its default, in this order', async () => {
    const home = temporaryHome();
    expect((await lmStudioFolders(machineAt(home))).home).toBe(join(home, '.lmstudio'));
    mkdirSync(join(home, '.cache', 'lm-studio'), { recursive: true });
    expect((await lmStudioFolders(machineAt(home))).home).toBe(join(home, '.cache', 'lm-studio'));
    writeFileSync(join(home, '.lmstudio-home-pointer'), `${resolve('/pointed/at')}\n`);
    expect((await lmStudioFolders(machineAt(home))).home).toBe(resolve('/pointed/at'));
    expect((await lmStudioFolders(machineAt(home, { LMSTUDIO_HOME: resolve('/named') }))).home).toBe(resolve('/named'));
  });

  test('with the folder that its user chose for models', async () => {
    const home = temporaryHome();
    mkdirSync(join(home, '.lmstudio'));
    const settings = join(home, '.lmstudio', 'settings.json');
    writeFileSync(settings, JSON.stringify({ downloadsFolder: resolve('/big/models') }));
    const folders = await lmStudioFolders(machineAt(home));
    expect(folders).toEqual({ home: join(home, '.lmstudio'), downloads: resolve('/big/models') });
    expect(modelPlaces(machineAt(home), folders)).toContainEqual({ origin: 'lm-studio', path: resolve('/big/models') });

    for (const broken of ['{', '{"downloadsFolder": 7}', '{"downloadsFolder": "not/absolute"}']) {
      writeFileSync(settings, broken);
      expect((await lmStudioFolders(machineAt(home))).downloads).toBeNull();
    }
  });

  test('a pointer that is no text is passed over', async () => {
    const home = temporaryHome();
    mkdirSync(join(home, '.lmstudio-home-pointer'));
    expect((await lmStudioFolders(machineAt(home))).home).toBe(join(home, '.lmstudio'));
  });
});
