// Measurements for the tests of the Prove screen.
import type { Evaluation } from '../../../electron/contract/api/evaluations.ts';

export const MODEL = 'aaaaaaaaaaaaaaaa';
export const FILE = 'bbbbbbbbbbbbbbbb';

/** A preview of plan 5 on the text 1 of "python", unless told otherwise. */
export function measured(change: Partial<Evaluation> = {}): Evaluation {
  return {
    id: 1,
    variant: { kind: 'preview', planId: 5, criterion: null, keep: null, mix: null },
    label: 'python 16/32, easy-ep, preview',
    modelId: MODEL,
    modelName: 'Sample',
    planId: 5,
    keep: 16,
    nExpert: 32,
    textId: 1,
    text: 'python.txt',
    domain: 'python',
    inDomain: true,
    perplexity: 10,
    ...{ perplexityError: 1, perplexityLow: 8.2, perplexityHigh: 12.1 },
    tokens: 100,
    unit: 'chunk',
    units: 8,
    ctx: 512,
    chunks: 8,
    chunkLimit: 8,
    ...{ ratio: 1.25, ratioError: 0.05, ratioLow: 1.15, ratioHigh: 1.36 },
    ...{ klMean: 0.2, klMeanError: 0.02, klMeanLow: 0.16, klMeanHigh: 0.25 },
    ...{ klP99: 2, klP99Error: 0.3, klP99Low: 1.5, klP99High: 2.9 },
    ...{ top1: 0.8, top1Error: 0.04, top1Low: 0.72, top1High: 0.87 },
    createdMs: 1000,
    ...change,
  };
}

/** The full model on a text. */
export function fullMeasured(change: Partial<Evaluation> = {}): Evaluation {
  return measured({
    variant: { kind: 'model', modelId: MODEL },
    label: 'Sample, full',
    planId: null,
    keep: 32,
    inDomain: null,
    ...{ ratio: null, ratioError: null, ratioLow: null, ratioHigh: null },
    ...{ klMean: null, klMeanError: null, klMeanLow: null, klMeanHigh: null },
    ...{ klP99: null, klP99Error: null, klP99Low: null, klP99High: null },
    ...{ top1: null, top1Error: null, top1Low: null, top1High: null },
    ...change,
  });
}
