// How long checks will take, by what earlier ones of the model took.
import type { Generation } from '../../../../electron/contract/api/generations.ts';
import type { JobView } from '../../../../electron/contract/api/jobs.ts';
import { isGreedy } from './checked-sets.ts';
import type { Effort } from './effort.ts';

/**
 * By the newest job that let the model write at least twice, one after the other.
 * @param jobs newest first
 * @param rows of the model
 * @returns seconds a token; null: there is no such job
 */
export function secondsPerWrittenToken(jobs: readonly JobView[], rows: readonly Generation[]): number | null {
  for (const { kind, startedMs, generationIds } of jobs) {
    if (kind !== 'generate' || startedMs === null) continue;
    const [first, ...later] = rows
      .filter(({ id, createdMs }) => createdMs >= startedMs && generationIds.includes(id))
      .toSorted((a, b) => a.createdMs - b.createdMs);
    const last = later.at(-1);
    // the first one's time is not known: the model was loaded before it
    if (first === undefined || last === undefined) continue;
    return (last.createdMs - first.createdMs) / 1000 / later.reduce((sum, row) => sum + writtenTokens(row), 0);
  }
  return null;
}

function writtenTokens({ completions, medianTokens }: Generation): number {
  return completions * Math.max(1, medianTokens);
}

export type Asked = {
  /** With the full one. */
  readonly models: number;
  /** Of each chosen demo set, as far as they are known to be left. */
  readonly prompts: readonly number[];
  readonly effort: Effort;
};

/** Tokens at most, greedily and sampled. */
export function mostTokens({ models, prompts, effort: { tokens, samples } }: Asked): number {
  return models * prompts.reduce((sum, count) => sum + count, 0) * (1 + samples) * tokens;
}

/**
 * Tokens to expect: as long as what was written before under the same limit, where there is something.
 * @param rows of the model, newest first
 */
export function expectedTokens(asked: Asked, rows: readonly Generation[]): number {
  const { tokens } = asked.effort;
  const before = rows.find((row) => row.maxTokens === tokens && isGreedy(row.sampling));
  return mostTokens(asked) * Math.min(1, (before?.medianTokens ?? tokens) / tokens);
}
