// What attacks every call must get as far as the engine: parameters that the schema refuses try the schema alone.
import { expect, test } from 'vitest';
import { calls, CALL_NAMES } from '../../../electron/contract/api.ts';
import { hostileCalls } from './hostile-params.ts';

const LOOT = {
  paths: ['/etc/passwd'],
  grants: ['grant-of-the-page-read', 'grant-of-the-page-none'],
  modelIds: ['0123456789abcdef'],
};

test('of each call some parameters are taken by its schema, and some are not', () => {
  const said = hostileCalls(LOOT, 20, 1);
  const taken = said.map(({ name, params }) => calls[name].params.safeParse(params).success);
  for (const name of CALL_NAMES) {
    const own = taken.filter((_, i) => said[i]?.name === name);
    expect(own.filter(Boolean).length, name).toBeGreaterThanOrEqual(own.length > 20 ? 5 : 1);
    expect(own, name).toContain(false);
  }
});
