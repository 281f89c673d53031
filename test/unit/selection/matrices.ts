// Score matrices for the selection tests.
import fc from 'fast-check';
import { expect } from 'vitest';
import type { ErrorCode } from '../../../electron/contract/errors.ts';
import type { ExpertSums, ScoreMatrix } from '../../../electron/contract/criteria.ts';
import { emptySums } from '../../../electron/engine/experts/selection/criteria.ts';
import type { DemoSums } from '../../../electron/engine/experts/selection/ordered-demos.ts';

export function matrixOf(...rows: number[][]): ScoreMatrix {
  return { nLayers: rows.length, nExpert: rows[0]!.length, scores: Float64Array.from(rows.flat()) };
}

/** A demo with these EASY-EP scores, a row for each layer. */
export function demoOf(...rows: number[][]): ExpertSums {
  const sums = emptySums(rows.length, rows[0]!.length);
  sums.gateNormTurn.set(rows.flat());
  return sums;
}

export const listed = (demos: readonly ExpertSums[]): DemoSums => ({
  count: demos.length,
  at: (index) => demos[index]!,
});

/** Scores with many ties and zeros, and some large and small ones; none so small that scaling it by 2⁻³⁰ rounds. */
export const score = fc.oneof(fc.integer({ min: 0, max: 4 }), fc.double({ min: 1e-9, max: 1e6, noNaN: true }));

export function arbitraryMatrix(nLayers: number, nExpert: number): fc.Arbitrary<ScoreMatrix> {
  return fc
    .array(score, { minLength: nLayers * nExpert, maxLength: nLayers * nExpert })
    .map((scores) => ({ nLayers, nExpert, scores: Float64Array.from(scores) }));
}

/** For `toThrow`: a WinnowError with this code whose message has every one of the texts. */
export function failure(code: ErrorCode, ...texts: string[]): Error {
  const hasAll = { asymmetricMatch: (message: unknown) => texts.every((text) => String(message).includes(text)) };
  return expect.objectContaining({ code, message: hasAll }) as Error;
}
