// Figures can be compared if their texts were cut in the same way: into chunks of the same length, and the same number of them.
import type { Evaluation } from '../../../../electron/contract/api/evaluations.ts';
import { largestSets } from '../proof/largest-sets.ts';

export type MeasuredSet = {
  readonly key: string;
  /** Tokens per chunk. */
  readonly ctx: number;
  /** Number of chunks of the longest text; shorter texts have fewer. */
  readonly chunks: number;
  readonly rows: readonly Evaluation[];
};

/** Returns a key that is equal for rows of the same text; a deleted text is identified by its name. */
export function textKey({ textId, domain, text }: Evaluation): string {
  return textId === null ? `${domain}/${text}` : String(textId);
}

/** Returns the sets of measurements, the newest first. */
export function measuredSets(rows: readonly Evaluation[]): readonly MeasuredSet[] {
  const rules = {
    kind: ({ ctx }: Evaluation) => String(ctx),
    subject: textKey,
    amount: ({ chunks }: Evaluation) => chunks,
  };
  return largestSets(rows, rules).map(({ key, amount, rows: ofSet }) => ({
    key,
    ctx: ofSet[0]?.ctx ?? 0,
    chunks: amount,
    rows: ofSet,
  }));
}
