// Scoring with less memory than it would like: fewer tokens at once, the same scores.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { WinnowError } from '../../electron/contract/errors.ts';
import { Engine, type ScoreOutcome } from '../engine.ts';
import { scoreMatrix } from '../../electron/engine/experts/selection/criteria.ts';
import { selectExperts } from '../../electron/engine/experts/selection/layer-rules.ts';
import { openStore } from '../../electron/engine/store/database.ts';
import { getScoreRun } from '../../electron/engine/store/score-runs.ts';
import { CPU, ROOT, SAMPLE, scratchDir } from './support.ts';

const MIB = 2 ** 20;
/** Too little for all weights at once, enough for the smaller batches. */
const TIGHT = 171 * MIB;
/** All demos at once, but no second copy of the weights: the CPU computes with the same ones. */
const ROOMY = 300 * MIB;
/** Repacked weights or not, tokens together or in slices: 6e-5 with the CPU backend that rounds most. */
const MAX_SCORE_ERROR = 1e-3;

const home = scratchDir();
const engine = new Engine({ home });

function score(memoryLimit: number): Promise<ScoreOutcome> {
  return engine.score({
    model: SAMPLE,
    demos: { kind: 'files', files: [join(ROOT, 'resources/sample/demos/python.jsonl')] },
    limit: 6,
    maxTokens: 256,
    nUbatch: 'auto',
    placement: { ...CPU, memoryLimit },
    fresh: true,
  });
}

function settingsOf({ run }: ScoreOutcome): unknown {
  const store = openStore(home);
  try {
    return getScoreRun(store, run.id)?.settings;
  } finally {
    store.close();
  }
}

function easyEp({ total, info }: ScoreOutcome) {
  return scoreMatrix('easy-ep', total, { nLayers: info.moeLayers.length, nExpert: info.nExpert });
}

test('a tight limit takes fewer tokens at once, in slices, and finds the same', async () => {
  const roomy = await score(ROOMY);
  const tight = await score(TIGHT);
  expect(settingsOf(roomy)).toMatchObject({ nUbatch: 2048, nSlice: 0, kvType: 'f16' });
  expect(settingsOf(tight)).toMatchObject({ nUbatch: 512, nSlice: 256, kvType: 'f16' });

  const [expected, found] = [easyEp(roomy), easyEp(tight)];
  const difference = Math.hypot(...found.scores.map((score, i) => score - expected.scores[i]!));
  expect(difference / Math.hypot(...expected.scores)).toBeLessThanOrEqual(MAX_SCORE_ERROR);
  const options = { keep: 16, nExpertUsed: roomy.info.nExpertUsed };
  expect(selectExperts(found, options).kept).toEqual(selectExperts(expected, options).kept);
});

test('a limit that nothing fits into is refused before anything is loaded', async () => {
  const refused = await score(100 * MIB).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(WinnowError);
  expect(refused).toMatchObject({ code: 'OUT_OF_MEMORY' });
  expect((refused as WinnowError).message).toContain('--memory-limit');
});
