import { expect, test } from 'vitest';
import { openStore } from '../../../electron/engine/store/database.ts';
import { claimWork } from '../../../electron/engine/store/owner.ts';
import { startScript, temporaryHome } from './support.ts';

const HOLD = new URL('scripts/hold-claim.ts', import.meta.url);

test('work that another process does is not to be had until that has ended', async () => {
  const home = temporaryHome();
  const other = startScript(HOLD, home, 'fitting');
  expect(await other.line()).toBe('got it');
  const store = openStore(home);
  expect(claimWork(store, 'fitting')).toMatchObject({ pid: other.process.pid });
  expect(claimWork(store, 'something else')).not.toHaveProperty('pid');
  await other.kill();
  expect(claimWork(store, 'fitting')).not.toHaveProperty('pid');
  store.close();
});

test('work that was given back is anybody’s', async () => {
  const home = temporaryHome();
  const store = openStore(home);
  const claim = claimWork(store, 'fitting');
  if ('pid' in claim) throw new Error('nobody has it');
  expect(claimWork(store, 'fitting')).toMatchObject({ pid: process.pid });
  claim[Symbol.dispose]();
  expect(await startScript(HOLD, home, 'fitting').line()).toBe('got it');
  store.close();
});

test('of several at once one gets it', async () => {
  const home = temporaryHome();
  openStore(home).close();
  const lines = await Promise.all(Array.from({ length: 4 }, () => startScript(HOLD, home, 'fitting').line()));
  expect(lines.filter((line) => line === 'got it')).toHaveLength(1);
});
