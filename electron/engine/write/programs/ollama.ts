// Ollama: a Modelfile beside the file, and the line that reads it (docs/modelfile.mdx and docs/import.mdx of ollama/ollama).
import { basename } from 'node:path';
import type { GgufKeys } from '../../../contract/model-info.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { printableName } from '../../../contract/printable.ts';
import { msg } from '../../../contract/sentences.ts';
import { modelFileStem } from '../../models/model-files.ts';
import { keyNumber } from '../../models/gguf-keys.ts';

/** Ollama's parameters, indexed by the GGUF keys that say how a model should be sampled. */
const SAMPLING = {
  'general.sampling.temp': 'temperature',
  'general.sampling.top_k': 'top_k',
  'general.sampling.top_p': 'top_p',
  'general.sampling.min_p': 'min_p',
  'general.sampling.penalty_repeat': 'repeat_penalty',
  'general.sampling.penalty_last_n': 'repeat_last_n',
};
/** Significant digits of numbers stored in single precision. */
const DIGITS = 6;
const MOST_NAME_CHARS = 80;
const WILDCARDS = /[*?[\]\\]/;

/**
 * The content of a Modelfile. It has no TEMPLATE: Ollama takes the chat template from the GGUF file, and a TEMPLATE, which can express
 * less, would override it.
 * @param parts the model's files; the Modelfile will lie beside them
 * @throws WinnowError USAGE: the name would end its line, or the name of a split model would be read as a pattern
 */
export function modelfileText(parts: readonly string[], kv: GgufKeys, ctx: number): string {
  const parameters = Object.entries(SAMPLING).flatMap(([key, name]) => {
    const value = keyNumber(kv, key);
    return value === null ? [] : [`PARAMETER ${name} ${Number(value.toPrecision(DIGITS))}`];
  });
  return [
    '# The chat template and the tokens that end an answer are in the model file itself.',
    `FROM ${modelPattern(parts)}`,
    `PARAMETER num_ctx ${ctx}`,
    ...parameters,
    '',
  ].join('\n');
}

/** How the Modelfile names the model: a split one by a pattern that all its parts match. */
function modelPattern(parts: readonly string[]): string {
  const [first = ''] = parts;
  const name = basename(first);
  if (printableName(name) !== name || name !== name.trim()) {
    throw new WinnowError('USAGE', msg('modelfileName', { name }), { path: first });
  }
  if (parts.length === 1) return `./${name}`;
  if (WILDCARDS.test(name)) {
    throw new WinnowError('USAGE', msg('ollamaName', { name }), {
      path: first,
    });
  }
  return `./${name.replace(/-\d{5}(-of-\d{5}\.gguf)$/, '-*$1')}`;
}

/** The model's name in Ollama: letters, digits, dots, hyphens and underscores. */
export function ollamaName(path: string): string {
  const name = modelFileStem(path)
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .slice(0, MOST_NAME_CHARS)
    .replace(/^[-._]+|[-._]+$/g, '');
  return name === '' ? 'pruned' : name;
}
