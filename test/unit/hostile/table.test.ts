// What is added to Winnow and can be attacked has a line in the table of attacks.
import { expect, test } from 'vitest';
import { ATTACKS } from '../../hostile/attack/attacks.ts';
import { surfaces, unnamedListeners } from '../../hostile/attack/surfaces.ts';

test('every surface is attacked by a line of the table', async () => {
  const attacked = new Set(ATTACKS.flatMap((attack) => attack.surfaces));
  expect((await surfaces()).filter((surface) => !attacked.has(surface))).toEqual([]);
});

test('every line attacks something that is there, under a name of its own', async () => {
  const known = new Set(await surfaces());
  expect(ATTACKS.flatMap((attack) => attack.surfaces).filter((surface) => !known.has(surface))).toEqual([]);
  expect(ATTACKS.filter((attack) => attack.surfaces.length === 0)).toEqual([]);
  const names = ATTACKS.map((attack) => attack.name);
  expect(new Set(names).size).toBe(names.length);
});

test('every module that listens is one of the surfaces', () => {
  expect(unnamedListeners()).toEqual([]);
});
