// Hostile files of every kind: some seconds in `npm test`, and as long as it is told to in `npm run hostile -- fuzz`. That the
// runner sees defects is shown in test/unit/hostile/fuzz.test.ts.
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { COUNT_OF_GIANTS } from '../hostile/files/giants.ts';
import { buildSanitized } from '../hostile/files/gguf/sanitized.ts';
import { fuzz, type FuzzOptions } from '../hostile/fuzz.ts';
import { ROOT, scratchDir } from './support.ts';
import { dailySeed, HOSTILE, THOROUGH } from '../setup/thorough.ts';

const SEED = Number(process.env['WINNOW_HOSTILE_SEED'] ?? dailySeed());
/** From this input on: the same seed and number give the same input. */
const FIRST = Number(process.env['WINNOW_HOSTILE_FIRST'] ?? 0);
/** Of each kind; a busy machine tries fewer inputs, and does not take longer. */
const SECONDS = Number(process.env['WINNOW_HOSTILE_SECONDS'] ?? (HOSTILE ? 60 : THOROUGH ? 10 : 2));
const KINDS = ['gguf', 'demos', 'choices', 'scores', 'database', 'sanitized'] as const;
const KEEP = HOSTILE ? join(ROOT, 'out/hostile') : join(scratchDir(), 'findings');
/** Ten seconds are for a machine that does nothing else. */
const LIMITS = { seed: SEED, keep: KEEP, hangMs: 30_000 } satisfies Partial<FuzzOptions>;

function* numbersFrom(first: number): Generator<number> {
  for (let index = first; ; index++) yield index;
}

beforeAll(buildSanitized);

test.each(KINDS)(
  `hostile files do no harm: %s (seed ${SEED})`,
  { timeout: SECONDS * 1000 + 300_000 },
  async (target) => {
    const { ends, findings } = await fuzz({ ...LIMITS, target, inputs: numbersFrom(FIRST), seconds: SECONDS });
    if (HOSTILE) console.log(target, Object.fromEntries(ends));
    expect(findings).toEqual([]);
    expect(ends.size).toBeGreaterThan(0);
  },
);

test.runIf(HOSTILE)('the largest files', { timeout: 3_600_000 }, async () => {
  // V8 lets about a gibibyte of buffers lie that a file was read into, however long the file is, before it collects them
  const memoryBytes = 1280 << 20;
  const inputs = Array.from({ length: COUNT_OF_GIANTS }, (_, index) => index);
  const { findings } = await fuzz({ ...LIMITS, target: 'giants', inputs, seconds: Infinity, memoryBytes });
  expect(findings).toEqual([]);
});
