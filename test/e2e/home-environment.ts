// The environment of a person with this home folder, and nothing of the person who runs the tests.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

export function homeEnvironment(home: string): Record<string, string> {
  const config = join(home, '.config');
  mkdirSync(config, { recursive: true });
  return {
    HOME: home,
    USERPROFILE: home,
    XDG_CONFIG_HOME: config,
    XDG_DATA_HOME: join(home, '.local', 'share'),
    XDG_CACHE_HOME: join(home, '.cache'),
  };
}

/** Variables that point programs at folders of the person who runs the tests. */
export const FOREIGN_VARIABLES = [
  'WINNOW_HOME',
  'LMSTUDIO_HOME',
  'HF_HOME',
  'HF_HUB_CACHE',
  'HUGGINGFACE_HUB_CACHE',
  'LLAMA_CACHE',
  'OLLAMA_MODELS',
] as const;
