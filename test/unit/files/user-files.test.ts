import { randomUUID } from 'node:crypto';
import { existsSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
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
  await expect(readJsonFile(path, 'MASK_INVALID', maxBytes)).rejects.toThrow(failure('MASK_INVALID', path, reason));
});

test('JSON with a byte order mark is read', async () => {
  const path = files.write('marked.json', '');
  writeFileSync(path, '\ufeff[1]');
  expect(await readJsonFile(path, 'MASK_INVALID', 100)).toEqual([1]);
});

test('a file without a size is read as far as such files go', async () => {
  await expect(readJsonFile('/dev/zero', 'MASK_INVALID', 3 << 20)).rejects.toThrow(
    failure('MASK_INVALID', '/dev/zero', '3.1 MB'),
  );
});

test('a place below a file is said to be none, also where the system calls it missing', async () => {
  const path = join(files.write('plain-file', ''), 'mask.json');
  await expect(writeTextFile(path, '{}')).rejects.toThrow(failure('TARGET_UNWRITABLE', path, 'not a folder'));
});

test('what a killed writer of a file left goes with the next writing, and nothing else does', async () => {
  const path = files.write('left.json', '');
  const beside = (name: string, ageMinutes: number): string => {
    const part = join(dirname(path), name);
    writeFileSync(part, '');
    const time = Date.now() / 1000 - 60 * ageMinutes;
    utimesSync(part, time, time);
    return part;
  };
  const abandoned = beside(`.left.json.${randomUUID()}.part`, 61);
  const others = [
    beside(`.left.json.${randomUUID()}.part`, 59),
    beside(`.right.json.${randomUUID()}.part`, 61),
    beside('.left.json.mine.part', 61),
    beside('left.json.part', 61),
  ];
  await writeTextFile(path, '{}');
  expect(existsSync(abandoned)).toBe(false);
  expect(others.filter((other) => !existsSync(other))).toEqual([]);
});
