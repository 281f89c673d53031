import { describe, expect, it } from 'vitest';
import type { JobView } from '../../../electron/contract/api/jobs.ts';
import {
  expectedTokens,
  mostTokens,
  secondsPerWrittenToken,
} from '../../../renderer/screens/prove/answers/writing-time.ts';
import { checked, fullChecked } from './generations.ts';

const job: JobView = {
  id: 1,
  kind: 'generate',
  subject: '',
  state: 'done',
  elsewhere: false,
  done: 1000,
  total: 1000,
  unit: 'permille',
  perSecond: null,
  etaMs: null,
  step: null,
  runId: null,
  exportId: null,
  evaluationIds: [],
  generationIds: [1, 2],
  error: null,
  createdMs: 0,
  startedMs: 500,
  finishedMs: 9000,
};
const rows = [checked({ createdMs: 4600 }), fullChecked()];

describe('the time that checks take', () => {
  it('follows from what one after the other took, without loading the model', () => {
    // 20 answers of 90 tokens in 3.6 s
    expect(secondsPerWrittenToken([job], rows)).toBeCloseTo(0.002);
  });

  it('is not known before there was such a job', () => {
    expect(secondsPerWrittenToken([], rows)).toBeNull();
    expect(secondsPerWrittenToken([{ ...job, kind: 'evaluate' }], rows)).toBeNull();
    // one of them was found, not written
    expect(secondsPerWrittenToken([{ ...job, startedMs: 2000 }], rows)).toBeNull();
    expect(secondsPerWrittenToken([{ ...job, generationIds: [2] }], rows)).toBeNull();
  });
});

describe('the tokens that checks take', () => {
  const effort = { prompts: 20, tokens: 256, samples: 2, temperature: 0.6 } as const;
  const asked = { models: 3, prompts: [20, 8], effort };

  it('are at most the longest answers to all prompts, greedily and sampled', () => {
    expect(mostTokens(asked)).toBe(3 * 28 * 3 * 256);
  });

  it('are expected to be as long as before under the same limit', () => {
    expect(expectedTokens(asked, [])).toBe(mostTokens(asked));
    expect(expectedTokens(asked, rows)).toBeCloseTo(3 * 28 * 3 * 90);
    expect(expectedTokens({ ...asked, effort: { ...effort, tokens: 64 } }, rows)).toBe(3 * 28 * 3 * 64);
  });
});
