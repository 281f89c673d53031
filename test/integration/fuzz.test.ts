// A short run of the fuzz harness over all kinds of files; `npm run fuzz` is the long one. That the harness sees defects is
// shown in test/unit/fuzz.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { ensureNative } from '../../native/build.ts';
import { mutatedInputs, nameOf } from '../hostile/inputs.ts';
import { LIMITS, runFuzz } from '../hostile/run.ts';
import { THOROUGH } from '../setup/thorough.ts';
import { runSanitized } from '../hostile/files/sanitized/sanitized.ts';
import { scratchDir } from './support.ts';

const INPUTS = 1500;
/** A busy machine tries fewer inputs, and does not take longer. */
const SECONDS = THOROUGH ? 60 : 8;
const SANITIZED_SECONDS = THOROUGH ? 20 : 3;
/** Ten seconds are for a machine that does nothing else, and what circles in a decoder is given up after seven. */
const HANG_MS = 30_000;
/** The thorough run tries another each day; the message of a finding names it. */
const SEED = THOROUGH ? Math.floor(Date.now() / 86_400_000) : 1;

beforeAll(() => ensureNative({ reference: true }));

test(`hostile files of every kind do no harm (seed ${SEED})`, async () => {
  const { findings, kinds } = await runFuzz({
    seed: SEED,
    inputs: mutatedInputs(['gguf', 'demos', 'masks', 'scores', 'bundles', 'database']).take(INPUTS),
    seconds: SECONDS,
    lanes: Math.min(2, availableParallelism()),
    keep: join(scratchDir(), 'findings'),
    limits: { ...LIMITS, hangMs: HANG_MS },
  });
  expect(findings.map(({ input, kind, what }) => `${kind} at ${nameOf(input)}: ${what}`)).toEqual([]);
  const tried = new Set([...kinds.keys()].map((kind) => kind.split(',')[0]));
  expect([...tried].sort()).toEqual(['bundles', 'database', 'demos', 'gguf', 'masks', 'scores']);
});

test(`sanitizers find nothing in the reading of GGUF headers (seed ${SEED})`, async () => {
  const { findings, inputs } = await runSanitized({ seed: SEED, count: Infinity, seconds: SANITIZED_SECONDS });
  expect(findings).toEqual([]);
  expect(inputs).toBeGreaterThan(100);
});
