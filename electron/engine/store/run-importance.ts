// Repository of the importance matrices that score runs collect: the current state of an unfinished run, or the whole matrix.
import { z } from 'zod';
import { finite, openBlob, sealBlob } from './blobs.ts';
import type { Store } from './database.ts';
import { jsonColumn } from './json.ts';
import { assertRunHeld } from './score-runs.ts';

/** Sums over the rows of one input of weight matrices. */
export type ImportanceInput = {
  /** Names of the weights that are multiplied with this input. */
  readonly names: readonly string[];
  /** Rows seen: one count, or one for each matrix of a stack, such as a layer's experts. */
  readonly counts: Float64Array;
  /** Sums of squares, `[n_mat][n_in]`. */
  readonly sums: Float32Array;
};

const blob = z.instanceof(Uint8Array);
const inputRow = z.object({ names: jsonColumn(z.array(z.string())), counts: blob, sums: blob });

/**
 * Checkpoint: replaces the stored matrix with one that has also seen the given demos.
 * @param demos 0-based positions
 * @throws WinnowError STORE when the run no longer belongs to this process
 */
export function saveImportance(
  store: Store,
  runId: number,
  inputs: readonly ImportanceInput[],
  demos: readonly number[],
): void {
  store.transaction(() => {
    assertRunHeld(store, runId);
    store.run('DELETE FROM run_importance WHERE run_id = ?', runId);
    inputs.forEach(({ names, counts, sums }, input) => {
      store.run(
        'INSERT INTO run_importance (run_id, input, names, counts, sums) VALUES (?, ?, ?, ?, ?)',
        ...[runId, input, JSON.stringify(names), sealBlob(counts), sealBlob(sums)],
      );
    });
    store.run(
      `UPDATE run_demos SET in_importance = 1
       WHERE run_id = ? AND position IN (SELECT value FROM json_each(?))`,
      runId,
      JSON.stringify(demos),
    );
  });
}

/**
 * The inputs in the order in which they were collected; none if the run has not reached a checkpoint.
 * @throws WinnowError STORE when a blob is damaged
 */
export function loadImportance(store: Store, runId: number): ImportanceInput[] {
  return store
    .all(inputRow, 'SELECT names, counts, sums FROM run_importance WHERE run_id = ? ORDER BY input', runId)
    .map(({ names, counts, sums }) => ({
      names,
      counts: finite(new Float64Array(openBlob(counts).buffer)),
      sums: finite(new Float32Array(openBlob(sums).buffer)),
    }));
}

/** 0-based positions of the demos that the stored matrix has seen. */
export function importancePositions(store: Store, runId: number): number[] {
  return store.column(z.int(), 'SELECT position FROM run_demos WHERE run_id = ? AND in_importance = 1', runId);
}
