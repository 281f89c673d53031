// Repository of calibrations: what fitting the routers of a choice of experts has found, the newest of each choice.
import { z } from 'zod';
import { calibrationFactsSchema, type CalibrationFacts } from '../../contract/calibration.ts';
import type { Store } from './database.ts';
import { jsonColumn, toJson } from './json.ts';

const calibrationRow = z.object({
  id: z.int(),
  choice: z.string(),
  facts: jsonColumn(calibrationFactsSchema),
  /** File of the calibrated routers; null: they were not worth it. */
  path: z.string().nullable(),
  createdMs: z.number(),
});
type StoredCalibration = Readonly<z.infer<typeof calibrationRow>>;

const COLUMNS = 'id, choice, facts, path, created_ms AS createdMs';

/** Takes the place of what was found of the choice before. */
export function keepCalibration(
  store: Store,
  calibration: {
    readonly modelId: number;
    /** Hash of the experts and how tokens are routed to them. */
    readonly choice: string;
    readonly facts: CalibrationFacts;
    readonly path: string | null;
  },
  nowMs: number = Date.now(),
): void {
  const { modelId, choice, facts, path } = calibration;
  store.transaction(() => {
    store.run('DELETE FROM calibrations WHERE choice = ?', choice);
    store.run(
      `INSERT INTO calibrations (model_id, choice, facts, path, created_ms)
       VALUES (@modelId, @choice, @facts, @path, @nowMs)`,
      { modelId, choice, path, nowMs, facts: toJson(facts) },
    );
  });
}

/** undefined: none was found, or it is not the newest any more. */
export function getCalibration(store: Store, id: number): StoredCalibration | undefined {
  return store.get(calibrationRow, `SELECT ${COLUMNS} FROM calibrations WHERE id = ?`, id);
}

/** undefined: the routers of the choice were not fitted. */
export function calibrationOf(store: Store, choice: string): StoredCalibration | undefined {
  return store.get(calibrationRow, `SELECT ${COLUMNS} FROM calibrations WHERE choice = ?`, choice);
}

/** Calibrations of all choices, newest first. */
export function listCalibrations(store: Store): StoredCalibration[] {
  return store.all(calibrationRow, `SELECT ${COLUMNS} FROM calibrations ORDER BY id DESC`);
}

/** Forgets what was found of a choice. */
export function forgetCalibration(store: Store, id: number): void {
  store.run('DELETE FROM calibrations WHERE id = ?', id);
}
