// Repository of exports: the files that were written, and what they were made from.
import { basename } from 'node:path';
import { z } from 'zod';
import { WinnowError } from '../../contract/errors.ts';
import { repairFactsSchema, repairReportSchema } from '../../contract/repair.ts';
import { quantiseOptionsSchema, type QuantiseOptions } from '../../contract/quantise.ts';
import { groupingSchema, madeForSchema, widthSchema } from '../../contract/requests.ts';
import { msg } from '../../contract/sentences.ts';
import type { Store } from './database.ts';
import { jsonColumn, toJson } from './json.ts';
import { currentOwner, interruptOrphans } from './owner.ts';

/** How many of the weights in a model's blocks an importance matrix covers. */
const imatrixCoverage = z.object({ weights: z.int(), of: z.int() });

const imatrixSource = z.object({
  name: z.string(),
  /** The run that collected the matrix; null: it is a file from elsewhere. */
  runId: z.int().nullable(),
  sha256: z.string(),
  /** Names of its texts, as its header states them. */
  datasets: z.array(z.string()),
  /** Chunks of text as its header counts them; null: the header does not say. */
  chunks: z.int().nullable(),
  /** How much of the model it has numbers for; absent: not known. */
  covered: imatrixCoverage.optional(),
});
export type ImatrixSource = Readonly<z.infer<typeof imatrixSource>>;

/** The plan as it was when the file was written; it stays so even after the plan itself is deleted. */
const exportedPlan = z.object({
  /** Experts kept in each layer. */
  keep: z.int(),
  /** Where the file lies until it is complete; absent: it was settled. */
  unfinished: z.string().optional(),
  /** Hash of the selection that was written; null: all experts as they are. */
  selectionHash: z.string().nullable(),
  /** null: no stored selection keeps these experts. */
  selectionId: z.int().nullable(),
  /** Empty: not known. */
  domains: z.array(z.string()),
  /** Absent: the bytes are the source's. */
  quantised: z
    .object({
      ...quantiseOptionsSchema.shape,
      imatrix: z.string().nullable(),
    })
    .optional(),
  /** Absent: the experts' down matrices are as pruning or quantising left them. */
  repaired: repairFactsSchema.optional(),
  /** The folder that holds the repaired file until it replaces this one. */
  repairing: z.string().optional(),
  /** A repair that was requested but not carried out. */
  unrepaired: repairReportSchema.optional(),
  /** The other options of the request; absent: not known. */
  how: z
    .object({
      grouping: groupingSchema,
      /** Experts that a token activates; null: as many as the model says. */
      activeExperts: z.int().positive().nullable(),
      /** The share of their neurons that kept experts retain; null: all; absent: an older row. */
      width: widthSchema.nullable().optional(),
      /** The matrix that was used to quantise, or to choose neurons. */
      imatrix: imatrixSource.nullable(),
      /** The selection that chose the experts, though perhaps with other active experts; null: no stored one. */
      chosenBy: z.int().nullable(),
    })
    .optional(),
  /** The memory that the file had to fit, with a conversation of `ctx` tokens; absent: none was named. */
  madeFor: madeForSchema.optional(),
  /** The result of `fileState` when the file's bytes were known, by which it is recognised; absent: it was not read. */
  state: z.string().optional(),
});
export type ExportedPlan = Readonly<z.infer<typeof exportedPlan>>;

/** The facts about quantising that an export's plan records. @param imatrix path of the importance matrix */
export function quantisedAs(
  options: QuantiseOptions,
  imatrix: string | undefined,
): NonNullable<ExportedPlan['quantised']> {
  return { ...options, imatrix: imatrix === undefined ? null : basename(imatrix) };
}

const exportRow = z.object({
  id: z.int(),
  modelId: z.int(),
  plan: jsonColumn(exportedPlan),
  outputPath: z.string(),
  bytes: z.number().nullable(),
  /** SHA-256 of the file, which is also its fingerprint as a model; null: it is not done. */
  sha256: z.string().nullable(),
  seconds: z.number().nullable(),
  state: z.enum(['running', 'done', 'cancelled', 'failed', 'interrupted']),
  startedMs: z.number(),
  finishedMs: z.number().nullable(),
});
export type StoredExport = Readonly<z.infer<typeof exportRow>>;

type ExportFigures = { readonly bytes: number; readonly sha256: string; readonly seconds: number };

type ExportOutcome =
  | ({ readonly state: 'done' } & ExportFigures)
  | { readonly state: 'cancelled' | 'failed' | 'interrupted' };

const EXPORT_COLUMNS = `id, model_id AS modelId, plan, output_path AS outputPath, bytes, sha256, seconds, state,
  started_ms AS startedMs, finished_ms AS finishedMs`;

/**
 * Notes that this process is starting to write `outputPath`, with a copy of the plan.
 * @throws WinnowError TARGET_UNWRITABLE: another process is writing the file
 */
export function startExport(
  store: Store,
  modelId: number,
  plan: ExportedPlan,
  outputPath: string,
  nowMs: number = Date.now(),
): StoredExport {
  return store.transaction(() => {
    markInterruptedExports(store, nowMs);
    refuseBusy(store, outputPath);
    return store.get(
      exportRow,
      `INSERT INTO exports (model_id, plan, output_path, state, started_ms, owner_pid, owner_start)
       VALUES (@modelId, @plan, @outputPath, 'running', @nowMs, @pid, @start) RETURNING ${EXPORT_COLUMNS}`,
      { modelId, plan: toJson(plan), outputPath, nowMs, ...currentOwner() },
    )!;
  });
}

function refuseBusy(store: Store, path: string): void {
  if (!listExports(store).some(({ state, outputPath }) => state === 'running' && outputPath === path)) return;
  throw new WinnowError('TARGET_UNWRITABLE', msg('writtenElsewhere', { path }), { path });
}

/** @param outcome has bytes and hash only if the export was done */
export function finishExport(store: Store, id: number, outcome: ExportOutcome, nowMs: number = Date.now()): void {
  const file = outcome.state === 'done' ? outcome : { bytes: null, sha256: null, seconds: null };
  store.run(
    `UPDATE exports SET state = @state, bytes = @bytes, sha256 = @sha256, seconds = @seconds,
       finished_ms = max(@nowMs, started_ms) WHERE id = @id`,
    { id, ...file, state: outcome.state, nowMs },
  );
}

/** Notes that the file of a running export is complete, although it does not have its final name yet. */
export function noteVerified(store: Store, id: number, file: ExportFigures): void {
  store.run(`UPDATE exports SET bytes = @bytes, sha256 = @sha256, seconds = @seconds WHERE id = @id`, { id, ...file });
}

/** Notes a fact in the plan of an export whose file is written or repaired; null: it is not known, and the plan stays. */
export function noteInPlan<Key extends keyof ExportedPlan>(
  store: Store,
  id: number,
  key: Key,
  value: ExportedPlan[Key] | null,
): void {
  if (value === null) return;
  const plan = "json_set(plan, '$.' || ?, json(?))";
  store.run(`UPDATE exports SET plan = ${plan} WHERE id = ?`, key, JSON.stringify(value), id);
}

/** Notes that nothing unfinished is left of an interrupted export, and withdraws the note of `noteVerified`. */
export function noteSettled(store: Store, id: number): void {
  const plan = "json_remove(plan, '$.unfinished')";
  store.run(`UPDATE exports SET plan = ${plan}, bytes = NULL, sha256 = NULL, seconds = NULL WHERE id = ?`, id);
}

/** The export; undefined: there is none with this id. */
export function getExport(store: Store, id: number): StoredExport | undefined {
  return store.get(exportRow, `SELECT ${EXPORT_COLUMNS} FROM exports WHERE id = ?`, id);
}

/** All exports, newest first. */
export function listExports(store: Store): StoredExport[] {
  return store.all(exportRow, `SELECT ${EXPORT_COLUMNS} FROM exports ORDER BY id DESC`);
}

/** Marks the running exports of dead processes as interrupted. @returns how many */
export function markInterruptedExports(store: Store, nowMs: number = Date.now()): number {
  return interruptOrphans(store, 'exports', nowMs);
}
