// The engine's layers stand in three places: in the folders, in the list that `npm run layers` enforces, in the document.
import { readFileSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';

const ROOT = new URL('../../../', import.meta.url);
const LAYERS = z
  .record(z.string(), z.array(z.string()))
  .parse(JSON.parse(readFileSync(new URL('electron/engine/layers.json', ROOT), 'utf8')));

function foldersIn(path: string): string[] {
  const entries = readdirSync(new URL(`electron/engine/${path}`, ROOT), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

test('each layer of the engine is listed with its parts', () => {
  expect(Object.keys(LAYERS).toSorted()).toEqual(foldersIn('').toSorted());
  for (const [layer, parts] of Object.entries(LAYERS)) expect(parts.toSorted()).toEqual(foldersIn(layer).toSorted());
});

test('the first table of the architecture shows them in their order', () => {
  const document = readFileSync(new URL('docs/ARCHITECTURE.md', ROOT), 'utf8');
  const [table = ''] = /^\|[^]*?(?=\n\n)/m.exec(document) ?? [];
  const rows = [...table.matchAll(/^\| `(.+?)` +\|([^|]*)\|/gm)].map(([, layer, parts = '']) => [
    layer,
    [...parts.matchAll(/`(.+?)`/g)].map(([, part]) => part),
  ]);
  expect(rows).toEqual(Object.entries(LAYERS));
});
