// A short run over all kinds of hostile files; `npm run hostile -- fuzz` is the long one. That the runner sees defects is
// shown in test/unit/hostile/run.test.ts.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { buildSanitized } from '../hostile/files/sanitized/target.ts';
import { mutatedInputs, nameOf, type MutatedTarget } from '../hostile/inputs.ts';
import { runHostile, type RunReport } from '../hostile/run.ts';
import { dailySeed, THOROUGH } from '../setup/thorough.ts';
import { scratchDir } from './support.ts';

const INPUTS = 1500;
/** A busy machine tries fewer inputs, and does not take longer. */
const SECONDS = THOROUGH ? 60 : 8;
const SANITIZED_SECONDS = THOROUGH ? 20 : 3;
/** Ten seconds are for a machine that does nothing else, and what circles in a decoder is given up after seven. */
const HANG_MS = 30_000;
const SEED = dailySeed();
const KEEP = join(scratchDir(), 'findings');

function tryFiles(targets: readonly MutatedTarget[], count: number, seconds: number): Promise<RunReport> {
  const lanes = Math.min(2, availableParallelism());
  const inputs = mutatedInputs(targets).take(count);
  return runHostile({ seed: SEED, inputs, seconds, lanes, keep: KEEP, scratch: 'memory', hangMs: HANG_MS });
}

const foundIn = ({ findings }: RunReport): string[] =>
  findings.map(({ input, kind, what }) => `${kind} at ${nameOf(input)}: ${what}`);

beforeAll(buildSanitized);

test(`hostile files of every kind do no harm (seed ${SEED})`, async () => {
  const report = await tryFiles(['gguf', 'demos', 'masks', 'scores', 'bundles', 'database'], INPUTS, SECONDS);
  expect(foundIn(report)).toEqual([]);
  const tried = new Set([...report.kinds.keys()].map((kind) => kind.split(',')[0]));
  expect([...tried].sort()).toEqual(['bundles', 'database', 'demos', 'gguf', 'masks', 'scores']);
});

test(`sanitizers find nothing in the reading of GGUF headers (seed ${SEED})`, async () => {
  const report = await tryFiles(['sanitized'], Infinity, SANITIZED_SECONDS);
  expect(foundIn(report)).toEqual([]);
  expect(report.inputs).toBeGreaterThan(100);
});
