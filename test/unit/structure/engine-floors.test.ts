// The engine's floors stand in three places: in the folders, in the list that `npm run layers` enforces, in the document.
import { readFileSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';

const ROOT = new URL('../../../', import.meta.url);
const FLOORS = z
  .array(z.array(z.string()))
  .parse(JSON.parse(readFileSync(new URL('electron/engine/floors.json', ROOT), 'utf8')));

test('each room of the engine has one floor', () => {
  const rooms = readdirSync(new URL('electron/engine', ROOT)).filter((name) => name !== 'floors.json');
  expect(FLOORS.flat().toSorted()).toEqual(rooms.toSorted());
});

test('the first table of the architecture shows them', () => {
  const document = readFileSync(new URL('docs/ARCHITECTURE.md', ROOT), 'utf8');
  const [table = ''] = /^\|[^]*?(?=\n\n)/m.exec(document) ?? [];
  const rows = [...table.matchAll(/^\| (\d+) +\| `(.+?)`/gm)].map(([, floor, room]) => [Number(floor), room]);
  expect(rows).toEqual(FLOORS.flatMap((rooms, floor) => rooms.map((room) => [floor + 1, room])));
});
