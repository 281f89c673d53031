// Figures can be compared when their texts were cut in the same way: into chunks as long, and as many of them.
import type { Evaluation } from '../../../../electron/contract/api/evaluations.ts';
import { largestSets } from '../proof/largest-sets.ts';

export type MeasuredSet = {
  readonly key: string;
  /** Tokens a chunk. */
  readonly ctx: number;
  /** Chunks of the longest text; shorter texts have fewer. */
  readonly chunks: number;
  readonly rows: readonly Evaluation[];
};

/** Equal for rows of one text; a deleted one is told by its name. */
export function textKey({ textId, domain, text }: Pick<Evaluation, 'textId' | 'domain' | 'text'>): string {
  return textId === null ? `${domain}/${text}` : String(textId);
}

/** The newest first. */
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
