// Checks can be compared if the same prompts were answered with the same limit of length and the same way of sampling.
import type { Generation, GenerationSampling } from '../../../../electron/contract/api/generations.ts';
import { largestSets } from '../proof/largest-sets.ts';

export type CheckedSet = {
  readonly key: string;
  /** Limit of an answer, in tokens. */
  readonly maxTokens: number;
  /** Number of prompts of the largest demo set; smaller sets gave fewer. */
  readonly prompts: number;
  /** The ways of sampling, greedy first. */
  readonly samplings: readonly GenerationSampling[];
  readonly rows: readonly Generation[];
};

/** Returns a key that is equal for rows of the same demo set; a deleted set is identified by its name. */
export function domainKey({ domainId, domain }: Generation): string {
  return domainId === null ? domain : String(domainId);
}

export function isGreedy({ temperature }: GenerationSampling): boolean {
  return temperature === 0;
}

export function samplingKey({ temperature, samples }: GenerationSampling): string {
  return `${samples}@${temperature}`;
}

/** Returns the sets of checks, the newest first. */
export function checkedSets(rows: readonly Generation[]): readonly CheckedSet[] {
  const sets = largestSets(rows, {
    kind: ({ maxTokens }) => String(maxTokens),
    subject: (row) => `${samplingKey(row.sampling)} ${domainKey(row)}`,
    amount: ({ prompts }) => prompts,
  });
  return sets.map((set) => ({
    key: set.key,
    maxTokens: set.rows[0]?.maxTokens ?? 0,
    prompts: set.amount,
    samplings: samplingsOf(set.rows),
    rows: set.rows,
  }));
}

function samplingsOf(rows: readonly Generation[]): GenerationSampling[] {
  const distinct = new Map(rows.map(({ sampling }) => [samplingKey(sampling), sampling]));
  return [...distinct.values()].toSorted((a, b) => a.temperature - b.temperature || a.samples - b.samples);
}
