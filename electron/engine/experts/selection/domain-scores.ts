// The scores of one domain that experts are chosen by.
import type { ScoreMatrix } from '../../../contract/criteria.ts';

export type DomainScores = {
  /** The name that people read: a domain, or a file. */
  readonly domain: string;
  readonly matrix: ScoreMatrix;
  /** The largest norm of each expert's outputs; absent or null: not known, so that no super expert is found. */
  readonly maxNorm?: Float32Array | null;
};
