// The table of attacks: the quick lines in `npm test`, all of them in `npm run hostile -- attack`.
import { expect, test } from 'vitest';
import { ATTACKS } from '../hostile/attack/attacks.ts';
import { onGround } from '../hostile/attack/ground.ts';
import { HOSTILE } from '../setup/thorough.ts';

for (const attack of ATTACKS.filter(({ quick }) => quick || HOSTILE)) {
  const missing = attack.missing?.() ?? null;
  test.skipIf(missing !== null)(`${attack.name}: ${attack.promise}`, async () => {
    await expect(onGround(attack.run)).resolves.toBeUndefined();
  });
}
