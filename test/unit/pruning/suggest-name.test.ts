import fc from 'fast-check';
import { expect, test } from 'vitest';
import { suggestName } from '../../../electron/engine/write/pruning/suggest-name.ts';
import { MODEL } from '../store/tiny-run.ts';

const model = (path: string, fileType = 'Q4_K_M', name = 'A model') => ({ ...MODEL, path, name, fileType });

test.each([
  ['/m/Qwen3-30B-A3B-Q4_K_M.gguf', ['python'], 'Qwen3-30B-A3B-python-64e-Q4_K_M.gguf'],
  ['/m/qwen3-30b-a3b.q4_k_m.gguf', ['python'], 'qwen3-30b-a3b-python-64e-Q4_K_M.gguf'],
  ['/m/Big-Q4_K_M-00001-of-00004.gguf', ['law', 'medicine'], 'Big-law+medicine-64e-Q4_K_M.gguf'],
  ['/m/Q4_K_M.gguf', ['law'], 'Q4_K_M-law-64e-Q4_K_M.gguf'],
  ['/m/UPPER.GGUF', ['law'], 'UPPER-law-64e-Q4_K_M.gguf'],
  ['/m/model.gguf', ['a', 'b', 'c', 'd'], 'model-4-domains-64e-Q4_K_M.gguf'],
  ['/m/model.gguf', [], 'model-64e-Q4_K_M.gguf'],
  ['/m/model.gguf', ['医療 / 法律'], 'model-医療-法律-64e-Q4_K_M.gguf'],
  ['/m/model.gguf', ['../../etc/passwd'], 'model-etc-passwd-64e-Q4_K_M.gguf'],
  ['/m/model.gguf', ['a<b>:"c"|d?*\u0000'], 'model-a-b-c-d-64e-Q4_K_M.gguf'],
  // a blob of Ollama is named by its hash: the header's name is better
  ['/blobs/sha256-0f3a', ['python'], 'A-model-python-64e-Q4_K_M.gguf'],
])('%s for %j is suggested as %s', (path, domains, expected) => {
  expect(suggestName(model(path), domains, 64)).toBe(expected);
});

test('a file that is quantised is called by its new type, not by the source’s', () => {
  const name = suggestName(model('/m/Qwen3-30B-A3B-F16.gguf', 'F16'), ['python'], 64, 'IQ4_XS');
  expect(name).toBe('Qwen3-30B-A3B-python-64e-IQ4_XS.gguf');
  expect(suggestName(model('/m/Big-F16.gguf', 'F16'), ['law'], null, 'Q4_K_M')).toBe('Big-law-Q4_K_M.gguf');
});

test('a quantisation that the header does not say is not said', () => {
  expect(suggestName(model('/m/x.gguf', 'unknown'), ['law'], 8)).toBe('x-law-8e.gguf');
  expect(suggestName(model('/blobs/sha256-0f3a', 'unknown', ''), [], 8)).toBe('model-8e.gguf');
});

test('whatever the names, a file system takes the result, and it says the count', () => {
  const text = fc.string({ unit: 'binary', maxLength: 150 });
  fc.assert(
    fc.property(text, fc.array(text, { maxLength: 4 }), fc.integer({ min: 1, max: 512 }), (stem, domains, keep) => {
      const name = suggestName(model(`/m/${stem.replaceAll('/', '')}.gguf`), domains, keep);
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(200);
      expect(name).toMatch(/^[\p{L}\p{M}\p{N}_+][\p{L}\p{M}\p{N}._+-]*\.gguf$/u);
      expect(name).toContain(`-${keep}e-Q4_K_M`);
    }),
    { numRuns: 50 },
  );
});
