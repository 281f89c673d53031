// Repository of what score runs leave of each demo: the checkpoints of the scoring pass.
import { z } from 'zod';
import type { ExpertSums } from '../../contract/criteria.ts';
import { decodeSums, encodeSums, openBlob, sealBlob } from './blobs.ts';
import type { Store } from './database.ts';
import { assertRunHeld } from './score-runs.ts';

/** What a pass leaves of one demo. */
export type StoredDemoScores = {
  /** 0-based place in the run's list of demos. */
  readonly position: number;
  /** Each matrix `[n_moe_layers * n_expert]`, layer-major. */
  readonly sums: ExpertSums;
  /** Each token's 1 - cos by layer; the form is the scoring pass's affair. */
  readonly contribution?: ArrayBufferView;
  /** Each expert's strongest tokens; the form is the scoring pass's affair. */
  readonly top?: ArrayBufferView;
};

/** As saved; the byte arrays stand alone in their `buffer`. */
export type LoadedDemoScores = Omit<StoredDemoScores, 'contribution' | 'top'> & {
  readonly contribution?: Uint8Array<ArrayBuffer>;
  readonly top?: Uint8Array<ArrayBuffer>;
};

const blob = z.instanceof(Uint8Array);
const scoresRow = z.object({
  position: z.int(),
  sums: blob,
  contribution: blob.nullable(),
  top: blob.nullable(),
});
const positionRow = z.object({ position: z.int() });
const lengthRow = z.object({ length: z.int() });

/**
 * Checkpoint: saves the scores of all the demos given, or of none.
 * @throws WinnowError STORE when the run is not this process's any more; RangeError for sums of another shape than the
 * model's
 */
export function saveDemoScores(store: Store, runId: number, scores: readonly StoredDemoScores[]): void {
  store.transaction(() => {
    assertRunHeld(store, runId);
    const length = matrixLength(store, runId);
    for (const { position, sums, contribution, top } of scores) {
      if (sums.count.length !== length) {
        throw new RangeError(`sums of ${sums.count.length} entries for a model with ${length}`);
      }
      store.run(
        'INSERT INTO demo_scores (run_id, position, sums, contribution, top) VALUES (?, ?, ?, ?, ?)',
        runId,
        position,
        encodeSums(sums),
        contribution ? sealBlob(contribution) : null,
        top ? sealBlob(top) : null,
      );
    }
  });
}

/**
 * Everything saved, in the run's order.
 * @throws WinnowError STORE when a blob is damaged
 */
export function loadDemoScores(store: Store, runId: number): LoadedDemoScores[] {
  const length = matrixLength(store, runId);
  return store
    .all(
      scoresRow,
      'SELECT position, sums, contribution, top FROM demo_scores WHERE run_id = ? ORDER BY position',
      runId,
    )
    .map(({ position, sums, contribution, top }) => ({
      position,
      sums: decodeSums(sums, length),
      ...(contribution && { contribution: openBlob(contribution) }),
      ...(top && { top: openBlob(top) }),
    }));
}

/** 0-based places of the demos that are saved, ascending. */
export function scoredPositions(store: Store, runId: number): number[] {
  return store
    .all(positionRow, 'SELECT position FROM demo_scores WHERE run_id = ? ORDER BY position', runId)
    .map(({ position }) => position);
}

/** Entries of each matrix: MoE layers × experts of the run's model. */
function matrixLength(store: Store, runId: number): number {
  const row = store.get(
    lengthRow,
    `SELECT json_array_length(info, '$.moeLayers') * (info ->> '$.nExpert') AS length
     FROM models JOIN score_runs ON score_runs.model_id = models.id WHERE score_runs.id = ?`,
    runId,
  );
  return row?.length ?? 0;
}
