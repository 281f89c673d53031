import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readJsonFile, writeTextFile } from '../../../electron/engine/base/files/user-files.ts';
import { failure } from '../selection/matrices.ts';
import { scratchFiles } from '../demos/scratch-files.ts';

const files = scratchFiles();

test.each([
  ['larger than such files are', '[1,2,3,4]', 'more than 8 B'],
  ['nested without end', '['.repeat(2000), 'nested deeper than 1000 levels'],
  ['cut', '[1,', 'not valid JSON'],
  ['a model', `GGUF${'['.repeat(2000)}`, 'is a GGUF model, not a JSON file'],
])('JSON that is %s is refused before it costs anything', async (_, text, reason) => {
  const path = files.write('file.json', text);
  const maxBytes = reason === 'more than 8 B' ? 8 : 10_000;
  await expect(readJsonFile(path, 'CHOICE_INVALID', maxBytes)).rejects.toThrow(failure('CHOICE_INVALID', path, reason));
});

test('JSON with a byte order mark is read', async () => {
  const path = files.write('marked.json', '');
  writeFileSync(path, '\ufeff[1]');
  expect(await readJsonFile(path, 'CHOICE_INVALID', 100)).toEqual([1]);
});

test('a file without a size is read as far as such files go', async () => {
  await expect(readJsonFile('/dev/zero', 'CHOICE_INVALID', 3 << 20)).rejects.toThrow(
    failure('CHOICE_INVALID', '/dev/zero', '3.1 MB'),
  );
});

test('a place below a file is said to be none, also where the system calls it missing', async () => {
  const path = join(files.write('plain-file', ''), 'mask.json');
  await expect(writeTextFile(path, '{}')).rejects.toThrow(failure('TARGET_UNWRITABLE', path, 'not a folder'));
});
