// Kills at random moments of all kinds of work: a few in `npm test`, 200 in `npm run hostile -- kills`.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Campaign } from '../hostile/kills/kills.ts';
import { WORKS } from '../hostile/kills/work.ts';
import { Random } from '../hostile/random.ts';
import { dailySeed, HOSTILE, THOROUGH } from '../setup/thorough.ts';
import { ROOT, scratchDir } from './support.ts';

const KILLS = HOSTILE ? 200 : THOROUGH ? 20 : 3;
const NAMES = Object.keys(WORKS);
const SEED = Number(process.env['WINNOW_HOSTILE_SEED'] ?? dailySeed());
const FOLDER = HOSTILE ? join(ROOT, 'out/hostile', `kills-${Date.now()}`) : join(scratchDir(), 'kills');

test(`${KILLS} kills lose nothing (seed ${SEED})`, { timeout: HOSTILE ? 24 * 3_600_000 : 300_000 }, async () => {
  const campaign = await Campaign.open(FOLDER);
  // a short run does not come to all kinds: another seed begins with others
  const first = new Random(SEED, 'kills').below(NAMES.length);
  for (let piece = first, done = 0; done < KILLS; piece++) {
    const name = NAMES[piece % NAMES.length]!;
    const { kills, losses } = await campaign.kill(name, piece, new Random(SEED, `kills:${piece}`));
    if (HOSTILE) console.log(`kills:${piece} ${name}: ${kills.join(', ')}`);
    expect(losses, `kills:${piece} ${name}: ${kills.join(', ')}`).toEqual([]);
    done += kills.length;
  }
});
