// Score matrices for the selection tests.
import fc from 'fast-check';
import { expect } from 'vitest';
import type { ErrorCode } from '../../../electron/contract/errors.ts';
import type { ScoreMatrix } from '../../../electron/contract/criteria.ts';

export function matrixOf(...rows: number[][]): ScoreMatrix {
  return { nLayers: rows.length, nExpert: rows[0]!.length, scores: Float64Array.from(rows.flat()) };
}

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
