// Repository of the checkpoints of score runs: what they store for each demo, and the importance matrices that they collect.
import { z } from 'zod';
import type { ExpertSums } from '../../contract/criteria.ts';
import { WinnowError } from '../../contract/errors.ts';
import { msg } from '../../contract/sentences.ts';
import { decodeSums, encodeSums, finite, openBlob, sealBlob } from './blobs.ts';
import type { Store } from './database.ts';
import { assertRunHeld } from './score-runs.ts';
import { jsonColumn } from './json.ts';

export type DemoScores = {
  /** Each matrix `[n_moe_layers * n_expert]`, layer-major. */
  readonly sums: ExpertSums;
  /** The largest norm of each expert's outputs, at the same indices. */
  readonly maxNorm: Float32Array;
};

const blob = z.instanceof(Uint8Array);

/**
 * Checkpoint: saves the scores of either all the given demos or none.
 * @param scores `position`: 0-based place in the run's list of demos
 * @throws WinnowError STORE when the run no longer belongs to this process; RangeError for sums of another shape than the
 * model's
 */
export function saveDemoScores(
  store: Store,
  runId: number,
  scores: readonly (DemoScores & { readonly position: number })[],
): void {
  store.transaction(() => {
    assertRunHeld(store, runId);
    const length = matrixLength(store, runId);
    for (const { position, sums, maxNorm } of scores) {
      if (sums.count.length !== length) {
        throw new RangeError(`sums of ${sums.count.length} entries for a model with ${length}`);
      }
      store.run(
        'INSERT INTO demo_scores (run_id, position, sums, max_norm) VALUES (?, ?, ?, ?)',
        runId,
        position,
        encodeSums(sums),
        sealBlob(maxNorm),
      );
    }
  });
}

/** One demo's scores. @throws WinnowError STORE when a blob is damaged; RangeError if there are none */
export function loadDemoScores(store: Store, runId: number, position: number): DemoScores {
  const sql = 'SELECT sums, max_norm AS maxNorm FROM demo_scores WHERE run_id = ? AND position = ?';
  const row = store.get(z.object({ sums: blob, maxNorm: blob }), sql, runId, position);
  if (!row) throw new RangeError(`score run ${runId} has no scores of demo ${position}`);
  const length = matrixLength(store, runId);
  const norms = openBlob(row.maxNorm);
  if (norms.length !== length * Float32Array.BYTES_PER_ELEMENT)
    throw new WinnowError('STORE', msg('storedMatrixDamaged', { what: `it holds ${norms.length} bytes of norms` }));
  return { sums: decodeSums(row.sums, length), maxNorm: finite(new Float32Array(norms.buffer)) };
}

/**
 * 0-based positions of the saved demos, ascending.
 * @param after only those after this position
 */
export function scoredPositions(store: Store, runId: number, after = -1): number[] {
  const sql = 'SELECT position FROM demo_scores WHERE run_id = ? AND position > ? ORDER BY position';
  return store.column(z.int(), sql, runId, after);
}

/** Entries of each matrix: scored MoE layers and prediction blocks × experts of the run's model. */
function matrixLength(store: Store, runId: number): number {
  const [length = 0] = store.column(
    z.int(),
    `SELECT (json_array_length(info, '$.moeLayers') + coalesce(json_array_length(settings, '$.predictionLayers'), 0))
       * (info ->> '$.nExpert')
     FROM models JOIN score_runs ON score_runs.model_id = models.id WHERE score_runs.id = ?`,
    runId,
  );
  return length;
}

/** Sums over the rows of one input of weight matrices. */
export type ImportanceInput = {
  /** Names of the weights that are multiplied with this input. */
  readonly names: readonly string[];
  /** Rows seen: one count, or one for each matrix of a stack, such as a layer's experts. */
  readonly counts: Float64Array;
  /** Sums of squares, `[n_mat][n_in]`. */
  readonly sums: Float32Array;
};

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
