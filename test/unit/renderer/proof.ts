// Measurements for the tests of the Prove screen.
import type { Evaluation } from '../../../electron/contract/api/evaluations.ts';
import type { Interval } from '../../../electron/contract/interval.ts';

export const MODEL = 'aaaaaaaaaaaaaaaa';
export const FILE = 'bbbbbbbbbbbbbbbb';
/** The hash of selection 5. */
export const CHOICE = '5'.repeat(64);

/** A preview of selection 5 on the text 1 of "python", unless told otherwise. */
export function measured(change: Partial<Evaluation> = {}): Evaluation {
  return {
    id: 1,
    variant: { kind: 'preview', selectionId: 5 },
    label: 'python 16/32, easy-ep, preview',
    modelId: MODEL,
    modelName: 'Sample',
    selectionHash: CHOICE,
    selectionId: 5,
    keep: 16,
    nExpert: 32,
    textId: 1,
    text: 'python.txt',
    domain: 'python',
    inDomain: true,
    said: null,
    perplexity: { value: 10, standardError: 1, low: 8.2, high: 12.1 },
    nll: { value: 2.3, standardError: 0.1, low: 2.1, high: 2.5 },
    tokens: 100,
    unit: 'chunk',
    units: 8,
    ctx: 512,
    chunks: 8,
    chunkLimit: 8,
    ratio: { value: 1.25, standardError: 0.05, low: 1.15, high: 1.36 },
    klMean: { value: 0.2, standardError: 0.02, low: 0.16, high: 0.25 },
    klP99: { value: 2, standardError: 0.3, low: 1.5, high: 2.9 },
    top1: { value: 0.8, standardError: 0.04, low: 0.72, high: 0.87 },
    createdMs: 1000,
    ...change,
  };
}

/** A figure of which no more is said than that. */
export function figure(value: number, standardError: number | null = null): Interval {
  return { value, standardError, low: null, high: null };
}

/** The full model on a text. */
export function fullMeasured(change: Partial<Evaluation> = {}): Evaluation {
  return measured({
    variant: { kind: 'model', modelId: MODEL },
    label: 'Sample, full',
    selectionHash: null,
    selectionId: null,
    keep: 32,
    inDomain: null,
    ratio: null,
    klMean: null,
    klP99: null,
    top1: null,
    ...change,
  });
}
