// What is still to be measured, and how long that will take, judging by the model's earlier measurements.
import type { Evaluation } from '../../../../electron/contract/api/evaluations.ts';
import type { JobView } from '../../../../electron/contract/api/jobs.ts';
import { secondsPerToken } from '../proof/job-pace.ts';
import { variantKey } from '../proof/variants.ts';
import type { Cell } from './matrix.ts';

/** Bytes per token of a text whose length in tokens is not known: as in English. */
const BYTES_A_TOKEN = 4;

type Text = { readonly id: number; readonly bytes: number };
/** `chunks`: the most chunks of a text; 0: the whole text. */
type Amount = { readonly ctx: number; readonly chunks: number };

/**
 * Returns the cells that lack a text.
 * @param rows of the selection's model
 */
export function missingOf(
  cells: readonly Cell[],
  texts: readonly Text[],
  { ctx, chunks }: Amount,
  rows: readonly Evaluation[],
): readonly Cell[] {
  const measured = new Set(
    rows
      .filter((row) => row.ctx === ctx && (row.chunkLimit ?? row.chunks) === chunks)
      .map((row) => `${variantKey(row)} on ${row.textId}`),
  );
  return cells.filter(({ key }) => texts.length === 0 || texts.some(({ id }) => !measured.has(`${key} on ${id}`)));
}

/**
 * Returns how many tokens of the texts a variant reads.
 * @param rows of the same model: they tell how many chunks a text has, if it was measured
 */
export function tokensToRead(texts: readonly Text[], { ctx, chunks }: Amount, rows: readonly Evaluation[]): number {
  const limit = chunks === 0 ? Infinity : chunks;
  return texts.reduce((sum, { id, bytes }) => {
    const measured = rows.filter((row) => row.textId === id && row.ctx === ctx && row.chunks <= limit);
    const guess = Math.min(limit, Math.max(1, Math.floor(bytes / BYTES_A_TOKEN / ctx)));
    const known = chunks === 0 && measured.length > 0 ? Math.max(...measured.map((row) => row.chunks)) : guess;
    return sum + known * ctx;
  }, 0);
}

/** @returns null: not known */
export function secondsPerReadToken(jobs: readonly JobView[], rows: readonly Evaluation[]): number | null {
  return secondsPerToken(jobs, rows, {
    kind: 'evaluate',
    idsOf: ({ evaluationIds }) => evaluationIds,
    tokensOf: ({ ctx, chunks }) => ctx * chunks,
  });
}
