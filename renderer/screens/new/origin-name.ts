// Where a model was found: the name of the program that keeps it there.
import type { TFunction } from 'i18next';
import type { ModelOrigin } from '../../../electron/contract/api/library.ts';

/** Names of programs are the same in every language. */
const PROGRAMS: Partial<Readonly<Record<ModelOrigin, string>>> = {
  'lm-studio': 'LM Studio',
  ollama: 'Ollama',
  'llama.cpp': 'llama.cpp',
  'hugging-face': 'Hugging Face',
  jan: 'Jan',
  gpt4all: 'GPT4All',
};

const OTHERS = ['folder', 'file', 'sample', 'export'] as const;

export function originName(origin: ModelOrigin, t: TFunction): string {
  const other = OTHERS.find((one) => one === origin);
  return other === undefined ? (PROGRAMS[origin] ?? origin) : t(`models.origins.${other}`);
}
