// Repository of what score runs store for each demo: the checkpoints of the scoring pass.
import { z } from 'zod';
import type { ClassSums, ExpertSums } from '../../contract/criteria.ts';
import { WinnowError } from '../../contract/errors.ts';
import { say } from '../../contract/sentences.ts';
import { CLASSES_OF_CHOICE, type TokenChoice } from '../../contract/token-classes.ts';
import { decodeSums, encodeSums, finite, openBlob, sealBlob } from './blobs.ts';
import { addClassSums, decodeClassSums, encodeClassSums } from './class-sums.ts';
import type { Store } from './database.ts';
import { assertRunHeld } from './score-runs.ts';

/** What a pass stores for one demo. */
type StoredDemoScores = {
  /** 0-based place in the run's list of demos. */
  readonly position: number;
  /** Each matrix `[n_moe_layers * n_expert]`, layer-major. */
  readonly sums: ExpertSums;
  /** The same sums by token class, in single precision; absent: not known. */
  readonly classSums?: ClassSums;
  /** The largest norm of each expert's outputs, at the same indices. */
  readonly maxNorm?: Float32Array;
};

const blob = z.instanceof(Uint8Array);
const scoresRow = z.object({
  position: z.int(),
  sums: blob,
  classSums: blob.nullable(),
  maxNorm: blob.nullable(),
});
const sumsRow = z.object({ sums: blob, classSums: blob.nullable() });

/**
 * Checkpoint: saves the scores of either all the given demos or none.
 * @throws WinnowError STORE when the run no longer belongs to this process; RangeError for sums of another shape than the
 * model's
 */
export function saveDemoScores(store: Store, runId: number, scores: readonly StoredDemoScores[]): void {
  store.transaction(() => {
    assertRunHeld(store, runId);
    const length = matrixLength(store, runId);
    for (const { position, sums, classSums, maxNorm } of scores) {
      if (sums.count.length !== length) {
        throw new RangeError(`sums of ${sums.count.length} entries for a model with ${length}`);
      }
      store.run(
        `INSERT INTO demo_scores (run_id, position, sums, class_sums, max_norm)
         VALUES (?, ?, ?, ?, ?)`,
        runId,
        position,
        encodeSums(sums),
        classSums ? encodeClassSums(classSums, length) : null,
        maxNorm ? sealBlob(maxNorm) : null,
      );
    }
  });
}

/**
 * All saved scores, in the run's order.
 * @throws WinnowError STORE when a blob is damaged
 */
export function loadDemoScores(store: Store, runId: number): StoredDemoScores[] {
  const length = matrixLength(store, runId);
  return store
    .all(
      scoresRow,
      `SELECT position, sums, class_sums AS classSums, max_norm AS maxNorm
       FROM demo_scores WHERE run_id = ? ORDER BY position`,
      runId,
    )
    .map(({ position, sums, classSums, maxNorm }) => ({
      position,
      sums: decodeSums(sums, length),
      ...(classSums && { classSums: decodeClassSums(classSums, length) }),
      ...(maxNorm && { maxNorm: decodeNorms(maxNorm, length) }),
    }));
}

/**
 * One demo's sums over the chosen tokens. Over all tokens they are exactly the sums that scoring made.
 * @throws WinnowError STORE when the blob is damaged; USAGE: the run has no sums by token class. RangeError if there are no
 * scores
 */
export function loadDemoSums(store: Store, runId: number, position: number, tokens: TokenChoice = 'all'): ExpertSums {
  const row = store.get(
    sumsRow,
    'SELECT sums, class_sums AS classSums FROM demo_scores WHERE run_id = ? AND position = ?',
    runId,
    position,
  );
  if (!row) throw new RangeError(`score run ${runId} has no scores of demo ${position}`);
  const length = matrixLength(store, runId);
  if (tokens === 'all') return decodeSums(row.sums, length);
  if (!row.classSums) throw new WinnowError('USAGE', say('tokensNotTold'), { runId, tokens });
  return addClassSums(decodeClassSums(row.classSums, length), CLASSES_OF_CHOICE[tokens], length);
}

/**
 * The largest norm of each expert's outputs in one demo, `[n_moe_layers * n_expert]`.
 * @returns null: the run was scored by a version that did not keep it
 * @throws WinnowError STORE when the blob is damaged
 */
export function loadMaxNorm(store: Store, runId: number, position: number): Float32Array | null {
  const sql = 'SELECT max_norm FROM demo_scores WHERE run_id = ? AND position = ?';
  const [bytes] = store.column(blob.nullable(), sql, runId, position);
  return bytes ? decodeNorms(bytes, matrixLength(store, runId)) : null;
}

/** @throws WinnowError STORE when the blob is damaged or of another length */
function decodeNorms(bytes: Uint8Array, length: number): Float32Array {
  const payload = openBlob(bytes);
  if (payload.length === length * Float32Array.BYTES_PER_ELEMENT) return finite(new Float32Array(payload.buffer));
  throw new WinnowError('STORE', say('storedMatrixDamaged', { what: `it holds ${payload.length} bytes of norms` }));
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
