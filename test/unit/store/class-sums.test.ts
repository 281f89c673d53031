// The sums of single classes of tokens in the database.
import { expect, test } from 'vitest';
import { SUMS, sumsOf, type ExpertSums } from '../../../electron/contract/criteria.ts';
import { openBlob, sealBlob } from '../../../electron/engine/store/blobs.ts';
import { addClassSums, decodeClassSums, encodeClassSums } from '../../../electron/engine/store/class-sums.ts';
import { openStore } from '../../../electron/engine/store/database.ts';
import { loadDemoSums, loadMaxNorm, saveDemoScores } from '../../../electron/engine/store/demo-scores.ts';
import { rememberModel } from '../../../electron/engine/store/models.ts';
import { createScoreRun, getScoreRun } from '../../../electron/engine/store/score-runs.ts';
import { failure } from '../selection/matrices.ts';
import { temporaryHome } from './support.ts';
import { DEMOS, MODEL, SETTINGS, sumsOf as tinySums } from './tiny-run.ts';

const LENGTH = 70;

/** Sums of every `step`-th expert; numbers that single precision holds. */
function every(step: number, factor: number): ExpertSums {
  return sumsOf((_name, i) =>
    Float64Array.from({ length: LENGTH }, (_, entry) => (entry % step === 0 ? factor * (entry + i + 1) : 0)),
  );
}

test('come back as they were, and take room only for experts that were used', () => {
  const sums = { first: every(35, 0.5), prompt: every(1, 2), answer: every(7, 0.25) };
  const blob = encodeClassSums(sums, LENGTH);
  expect(decodeClassSums(blob, LENGTH)).toEqual(sums);
  // five times a bit for each expert, in words of 4 bytes; 24 bytes for each that is used
  expect(openBlob(blob).length).toBe(5 * 12 + 24 * (2 + 70 + 10));
});

test('add up class by class', () => {
  const sums = { first: every(35, 0.5), answer: every(7, 0.25) };
  const added = addClassSums(sums, ['first', 'prompt', 'answer'], LENGTH);
  for (const name of SUMS) {
    expect([...added[name]]).toEqual([...sums.first[name]].map((value, i) => value + sums.answer[name][i]!));
  }
});

test('of another length, or cut, are refused', () => {
  const blob = encodeClassSums({ first: every(35, 1) }, LENGTH);
  expect(() => decodeClassSums(blob, LENGTH + 64)).toThrow(failure('STORE', 'damaged'));
  expect(() => decodeClassSums(sealBlob(openBlob(blob).subarray(0, -4)), LENGTH)).toThrow(failure('STORE', 'damaged'));
});

test('a run of an older version tells no tokens apart: all count, and nothing else is asked of it', () => {
  const store = openStore(temporaryHome());
  const modelId = rememberModel(store, MODEL).id;
  const { id } = createScoreRun(store, { modelId, domain: 'math', settings: SETTINGS, demos: DEMOS.slice(0, 2) });
  const maxNorm = new Float32Array(tinySums(0).count.length).fill(3);
  saveDemoScores(store, id, [{ position: 0, sums: tinySums(0), classSums: { prompt: tinySums(2) }, maxNorm }]);
  expect(getScoreRun(store, id)?.tokenClasses).toBe(true);
  expect(loadDemoSums(store, id, 0, 'without-first').gate).toEqual(
    Float64Array.from(Float32Array.from(tinySums(2).gate)),
  );
  expect(loadMaxNorm(store, id, 0)).toEqual(maxNorm);

  saveDemoScores(store, id, [{ position: 1, sums: tinySums(1) }]);
  expect(getScoreRun(store, id)?.tokenClasses).toBe(false);
  expect(loadDemoSums(store, id, 1)).toEqual(tinySums(1));
  expect(() => loadDemoSums(store, id, 1, 'answers')).toThrow(failure('USAGE', 'Score its demos again'));
  expect(loadMaxNorm(store, id, 1)).toBeNull();
});
