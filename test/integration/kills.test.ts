// A short campaign of kills at random moments of all kinds of work; `npm run faults` is the long one.
import { expect, test } from 'vitest';
import { killAtRandom } from '../hostile/kills/campaign.ts';
import { THOROUGH } from '../setup/thorough.ts';
import { scratchDir } from './support.ts';

const KILLS = THOROUGH ? 20 : 3;
/** The quick ones; the others load models several times, and belong to the long campaign. */
const QUICK = ['score', 'export', 'evaluate', 'generate', 'import', 'undo', 'bundle', 'selections'];
/** The thorough run tries another each day; the message of a finding names it. */
const SEED = THOROUGH ? Math.floor(Date.now() / 86_400_000) : 1;

test(`${KILLS} kills lose nothing (seed ${SEED})`, async () => {
  const { kills, losses } = await killAtRandom({ kills: KILLS, seed: SEED, folder: scratchDir(), only: QUICK });
  expect(losses).toEqual([]);
  expect([...kills.values()].reduce((sum, count) => sum + count, 0)).toBe(KILLS);
});
