import { expect, test } from 'vitest';
import { modelName, nameOfFile } from '../../../electron/engine/models/model-files.ts';

test.each([
  ['/models/Qwen3-30B-A3B-Q4_K_M.gguf', 'Qwen3 30B A3B', 'Qwen3-30B-A3B-Q4_K_M'],
  ['/models/big-00001-of-00003.gguf', 'Big', 'big'],
  // what the file's name leaves open, the folder's says
  ['/models/tiny/ggml-model.gguf', 'Tiny', 'tiny'],
  ['model.gguf', 'Tiny', 'model'],
  // a blob is named by its hash: the header knows better
  ['/ollama/blobs/sha256-0a1b', ' Llama 3 ', 'Llama 3'],
  ['/ollama/blobs/sha256-0a1b', '', 'sha256-0a1b'],
])('%s with the title "%s" is called %s', (path, name, expected) => {
  expect(modelName({ path, name })).toBe(expected);
});

test('a file that is no GGUF by its name has none', () => {
  expect(nameOfFile('/ollama/blobs/sha256-0a1b')).toBeNull();
});
