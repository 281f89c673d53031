// Hostile files of every kind: some seconds in `npm test`, and as long as it is told to in `npm run hostile -- fuzz`.
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { buildSanitized } from '../hostile/files/gguf/sanitized.ts';
import { fuzz } from '../hostile/fuzz.ts';
import { targetNameSchema } from '../hostile/targets.ts';
import { ROOT, scratchDir } from './support.ts';
import { dailySeed, HOSTILE, THOROUGH } from '../setup/thorough.ts';

const SEED = Number(process.env['WINNOW_HOSTILE_SEED'] ?? dailySeed());
/** From this input on: the same seed and number give the same input. */
const FIRST = Number(process.env['WINNOW_HOSTILE_FIRST'] ?? 0);
/** Of each kind; a busy machine tries fewer inputs, and does not take longer. */
const SECONDS = Number(process.env['WINNOW_HOSTILE_SECONDS'] ?? (HOSTILE ? 60 : THOROUGH ? 10 : 2));
const KEEP = HOSTILE ? join(ROOT, 'out/hostile') : join(scratchDir(), 'findings');
beforeAll(buildSanitized);

test.each(targetNameSchema.options)(
  `hostile files do no harm: %s (seed ${SEED})`,
  { timeout: SECONDS * 1000 + 300_000 },
  async (target) => {
    const { ends, findings } = await fuzz({ target, seed: SEED, first: FIRST, seconds: SECONDS, keep: KEEP });
    if (HOSTILE) console.log(target, Object.fromEntries(ends));
    expect(findings).toEqual([]);
    expect(ends.size).toBeGreaterThan(0);
  },
);
