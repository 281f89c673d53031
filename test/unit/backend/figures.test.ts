import { expect, test } from 'vitest';
import { z } from 'zod';
import { figure, figureFailure, figures32, figures64 } from '../../../electron/engine/base/backend/figures.ts';
import { methods } from '../../../electron/engine/base/backend/protocol.ts';

const failureOf = (schema: z.ZodType, value: unknown, model: string | null = '/models/a.gguf') =>
  figureFailure(schema.safeParse(value).error, 'score', model);

test.each([NaN, Infinity, -Infinity])('%d is no figure, and the place is known', (value) => {
  const sequences = z.object({ sequences: z.array(z.object({ sums: figures64 })) });
  const broken = { sequences: [{ sums: Float64Array.of(1, 2) }, { sums: Float64Array.of(1, value, value) }] };
  expect(failureOf(sequences, broken)).toMatchObject({
    code: 'GGUF_CORRUPT',
    details: { method: 'score', at: ['sequences', 1, 'sums', 1] },
    message: expect.stringMatching(/^\/models\/a\.gguf computes values that are infinite or not numbers/) as string,
  });
  expect(failureOf(figures32, Float32Array.of(value))?.details).toMatchObject({ at: [0] });
  expect(failureOf(figure, value, null)?.message).toMatch(/^The model computes/);
});

test('what is something else is a defect', () => {
  expect(failureOf(figures32, [1])).toBeNull();
  expect(failureOf(z.string(), NaN)).toBeNull();
  expect(figureFailure(new Error('no'), 'score', null)).toBeNull();
});

test('finite figures pass as they are', () => {
  const values = Float32Array.of(-0, 3.4e38, 1e-45);
  expect(figures32.parse(values)).toBe(values);
});

test('measured text with a loss that is no number never leaves the worker’s border', () => {
  const measured = { nChunks: 1, nScoredPerChunk: 2, nll: Float32Array.of(1, NaN), kl: null, sameTop: null };
  expect(failureOf(methods.perplexity.result, measured)?.details).toMatchObject({ at: ['nll', 1] });
});
