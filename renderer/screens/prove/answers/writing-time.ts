// How long checks will take, judging by the model's earlier ones.
import type { Generation } from '../../../../electron/contract/api/generations.ts';
import type { JobView } from '../../../../electron/contract/api/jobs.ts';
import { secondsPerToken } from '../proof/job-pace.ts';
import { isGreedy } from './checked-sets.ts';
import type { Effort } from './effort.ts';

/** @returns null: not known */
export function secondsPerWrittenToken(jobs: readonly JobView[], rows: readonly Generation[]): number | null {
  return secondsPerToken(jobs, rows, {
    kind: 'generate',
    idsOf: ({ generationIds }) => generationIds,
    tokensOf: writtenTokens,
  });
}

function writtenTokens({ completions, medianTokens }: Generation): number {
  return completions * Math.max(1, medianTokens);
}

export type Asked = {
  /** Number of models, including the full one. */
  readonly models: number;
  /** Prompts that are left in each chosen demo set, where that is known. */
  readonly prompts: readonly number[];
  readonly effort: Effort;
};

/** Returns the most tokens that can be written, greedily and by sampling. */
export function mostTokens({ models, prompts, effort: { tokens, samples } }: Asked): number {
  return models * prompts.reduce((sum, count) => sum + count, 0) * (1 + samples) * tokens;
}

/**
 * Returns the expected number of tokens: based on what was written earlier under the same limit, if there is anything.
 * @param rows of the model, newest first
 */
export function expectedTokens(asked: Asked, rows: readonly Generation[]): number {
  const { tokens } = asked.effort;
  const before = rows.find((row) => row.maxTokens === tokens && isGreedy(row.sampling));
  return mostTokens(asked) * Math.min(1, (before?.medianTokens ?? tokens) / tokens);
}
