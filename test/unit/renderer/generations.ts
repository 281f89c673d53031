// Generation checks for the tests of the Prove screen.
import type {
  Generation,
  GenerationDifference,
  GenerationRate,
  GenerationSensitivity,
} from '../../../electron/contract/api/generations.ts';
import { CHOICE, MODEL } from './proof.ts';

/** With an interval of ten points to each side. */
export function rate(hits: number, judged: number): GenerationRate {
  const value = hits / judged;
  const [low, high] = [Math.max(0, value - 0.1), Math.min(1, value + 0.1)];
  return { value, standardError: null, low, high, hits, judged, prompts: judged };
}

export function difference(change: Partial<GenerationDifference> = {}): GenerationDifference {
  return {
    value: 0,
    standardError: null,
    low: -0.1,
    high: 0.1,
    prompts: 20,
    higher: 0,
    lower: 0,
    pValue: 1,
    ...change,
  };
}

function sensitivity(change: Partial<GenerationSensitivity> = {}): GenerationSensitivity {
  return { prompts: 20, baseRate: 0.036, powerForDouble: 0.05, detectableRate: 0.4, promptsForDouble: 600, ...change };
}

/** The full model on 20 prompts of "python", greedily, unless told otherwise. */
export function fullChecked(change: Partial<Generation> = {}): Generation {
  return {
    id: 1,
    variant: { kind: 'model', modelId: MODEL },
    label: 'Sample, full',
    modelId: MODEL,
    modelName: 'Sample',
    selectionHash: null,
    selectionId: null,
    keep: 32,
    nExpert: 32,
    domainId: 1,
    domain: 'python',
    inDomain: null,
    sampling: { temperature: 0, samples: 1 },
    prompts: 20,
    completions: 20,
    maxTokens: 256,
    referenceId: null,
    medianTokens: 100,
    rates: { loop: rate(1, 20), truncated: rate(2, 20), broken: null, answer: null },
    againstFull: null,
    createdMs: 1000,
    ...change,
  };
}

/** The preview of selection 5 on the same prompts. */
export function checked(change: Partial<Generation> = {}): Generation {
  return fullChecked({
    id: 2,
    variant: { kind: 'preview', selectionId: 5 },
    label: 'python 16/32, easy-ep, preview',
    selectionHash: CHOICE,
    selectionId: 5,
    keep: 16,
    inDomain: true,
    referenceId: 1,
    medianTokens: 90,
    rates: { loop: rate(3, 20), truncated: rate(2, 20), broken: null, answer: null },
    againstFull: {
      loop: difference({ value: 0.1, higher: 2 }),
      truncated: difference(),
      broken: null,
      answer: null,
      lengthRatio: { value: 0.9, standardError: null, low: 0.8, high: 1, prompts: 20 },
      identical: rate(4, 20),
      sensitivity: sensitivity(),
    },
    ...change,
  });
}
