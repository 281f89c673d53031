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
    perplexityError: 1,
    tokens: 100,
    ctx: 512,
    chunks: 8,
    klMean: 0.2,
    klMeanError: 0.02,
    klP99: 2,
    top1: 0.8,
    top1Error: 0.04,
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
    klMean: null,
    klMeanError: null,
    klP99: null,
    top1: null,
    top1Error: null,
    ...change,
  });
}
