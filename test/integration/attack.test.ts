// The quick lines of the table of attacks; `npm run hostile -- attack` tries all of them.
import { expect, test } from 'vitest';
import { ATTACKS } from '../hostile/attack/attacks.ts';
import { onGround } from '../hostile/attack/ground.ts';

for (const attack of ATTACKS.filter(({ quick }) => quick)) {
  const missing = attack.missing?.() ?? null;
  test.skipIf(missing !== null)(`${attack.name}: ${attack.promise}`, async () => {
    await expect(onGround(attack.run)).resolves.toBeUndefined();
  });
}
