// Checks can be compared when the same prompts were answered up to the same length, by the same way of sampling.
import type { Generation, GenerationSampling } from '../../../../electron/contract/api/generations.ts';
import { largestSets } from '../proof/largest-sets.ts';

export type CheckedSet = {
  readonly key: string;
  /** Longest answer that was allowed. */
  readonly maxTokens: number;
  /** Prompts of the largest demo set; smaller ones gave fewer. */
  readonly prompts: number;
  /** Greedy first. */
  readonly samplings: readonly GenerationSampling[];
  readonly rows: readonly Generation[];
};

/** Equal for rows of one demo set; a deleted one is told by its name. */
export function domainKey({ domainId, domain }: Pick<Generation, 'domainId' | 'domain'>): string {
  return domainId === null ? domain : String(domainId);
}

export function isGreedy({ temperature }: GenerationSampling): boolean {
  return temperature === 0;
}

export function samplingKey({ temperature, samples }: GenerationSampling): string {
  return `${samples}@${temperature}`;
}

/** The newest first. */
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
