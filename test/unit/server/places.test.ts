// What a page is shown of the server's disk, and that it can name nothing else.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { WinnowError } from '../../../electron/contract/errors.ts';
import { Places } from '../../../electron/server/places.ts';

const folder = mkdtempSync(join(tmpdir(), 'winnow-places-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const [models, output, outside] = ['models', 'output', 'outside'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
for (const path of [join(models, 'moe', 'new'), join(models, '.hidden'), output, outside]) {
  mkdirSync(path, { recursive: true });
}
for (const path of [
  join(models, 'b10.gguf'),
  join(models, 'b9.gguf'),
  join(models, 'key.pem'),
  join(models, '.secret.gguf'),
  join(models, 'moe', 'c.gguf'),
  join(outside, 'other.gguf'),
  join(output, 'there.gguf'),
  join(output, 'mask.json'),
  join(output, 'notes.txt'),
]) {
  writeFileSync(path, 'x');
}
symlinkSync(outside, join(models, 'out'));
symlinkSync(join(outside, 'other.gguf'), join(models, 'other.gguf'));
symlinkSync(join(models, 'moe'), join(models, 'inside'));

/** On Windows scratch folders lie in the user's own. */
const shown = (path: string): string => path.replace(homedir(), '~');

const newPlaces = (): Places => new Places({ write: [output], read: [models] });
const refused = expect.objectContaining({ code: 'USAGE' }) as WinnowError;

test('folders that are allowed, and what lies in them: no hidden file, no other kind, no way out', async () => {
  const places = newPlaces();
  const top = await places.list('read', null);
  expect(top).toMatchObject({ path: [], files: [], isCut: false });
  expect(top.folders.map(({ name }) => name)).toEqual([shown(models), shown(output)]);
  const inModels = await places.list('read', top.folders[0]?.id ?? '');
  expect(inModels.folders.map(({ name }) => name)).toEqual(['inside', 'moe']);
  expect(inModels.files.map(({ name, bytes }) => [name, bytes])).toEqual([
    ['b9.gguf', 1],
    ['b10.gguf', 1],
  ]);
  const moe = await places.list('read', inModels.folders[1]?.id ?? '');
  expect(moe.path.map(({ name }) => name)).toEqual([shown(models), 'moe']);
  expect(moe.files.map(({ name }) => name)).toEqual(['c.gguf']);
  expect(await places.path(moe.files[0]?.id ?? '', 'file', 'read')).toBe(join(models, 'moe', 'c.gguf'));
  // the same again has the same ids
  expect(await places.list('read', null)).toEqual(top);
});

test('where only one is allowed, it is shown at once; what is in the way of a file is shown there', async () => {
  const only = await newPlaces().list('write', null);
  expect(only.path.map(({ name }) => name)).toEqual([shown(output)]);
  expect(only.files.map(({ name }) => name)).toEqual(['mask.json', 'there.gguf']);
});

test('an id is good for what it was shown for, as long as it leads there', async () => {
  const places = newPlaces();
  const top = await places.list('read', null);
  const [modelsId = '', outputId = ''] = top.folders.map(({ id }) => id);
  expect(await places.path(outputId, 'folder', 'read')).toBe(output);
  await expect(places.path(outputId, 'folder', 'write')).rejects.toEqual(refused);
  await expect(places.path(modelsId, 'file', 'read')).rejects.toEqual(refused);
  for (const made of ['', '/etc', '..', crypto.randomUUID()]) {
    await expect(places.list('read', made)).rejects.toEqual(refused);
  }
  const moving = (await places.list('read', modelsId)).folders.find(({ name }) => name === 'moe')?.id ?? '';
  const leads = (await places.list('read', moving)).folders[0]?.id ?? '';
  rmSync(join(models, 'moe', 'new'), { recursive: true });
  await expect(places.path(leads, 'folder', 'read')).rejects.toEqual(refused);
  symlinkSync(outside, join(models, 'moe', 'new'));
  await expect(places.list('read', leads)).rejects.toEqual(refused);
});

test('a folder of thousands is cut, and says so', async () => {
  const many = join(folder, 'many');
  mkdirSync(many);
  for (let i = 0; i < 1100; i++) writeFileSync(join(many, `${i}.gguf`), '');
  const shown = await new Places({ write: [many], read: [] }).list('read', null);
  expect([shown.files.length, shown.isCut]).toEqual([1000, true]);
});
