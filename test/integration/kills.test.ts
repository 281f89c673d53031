// A few kills at random moments of all kinds of work; `npm run hostile -- kills` is the long run.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { piecesToKill } from '../hostile/kills/target.ts';
import { runHostile } from '../hostile/run.ts';
import { dailySeed, THOROUGH } from '../setup/thorough.ts';
import { scratchDir } from './support.ts';

const KILLS = THOROUGH ? 20 : 3;
/** The quick ones; the others load models several times, and belong to the long run. */
const QUICK = ['score', 'export', 'evaluate', 'generate', 'import', 'undo', 'bundle', 'selections'];
const SEED = dailySeed();

test(`${KILLS} kills lose nothing (seed ${SEED})`, async () => {
  const { inputs, onTried, kills } = piecesToKill(KILLS, SEED, QUICK);
  const keep = join(scratchDir(), 'findings');
  const { findings } = await runHostile({
    seed: SEED,
    inputs,
    onTried,
    seconds: Infinity,
    lanes: 1,
    keep,
    scratch: 'disk',
  });
  expect(findings).toEqual([]);
  expect(kills()).toBeGreaterThanOrEqual(KILLS);
});
