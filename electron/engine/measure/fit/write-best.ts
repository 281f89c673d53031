// How a file of a search is written to its place, as an ordinary export, and what was measured of it stays known.
import { resolve } from 'node:path';
import { isPlain, type FitResult } from '../../../contract/fit.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { QuantType } from '../../../contract/quantise.ts';
import type { FitRequest, Grouping, PruneRequest, QuantiseRequest, RepairRequest } from '../../../contract/requests.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import type { KnownRepair } from '../../write/repairing/write-model.ts';
import type { FileKind } from './candidates.ts';
import { quantiseOptions, firstExperts, fileIdentity } from './fit-files.ts';
import { comparisonLedger, fitLedger, measurementHash } from '../evaluation/figure-ledger.ts';
import { namedFile } from '../evaluation/prepare-subjects.ts';
import { comparisonSettings } from '../evaluation/run-comparison.ts';
import { messageOf } from '../../base/files/user-files.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import { inspectFile } from '../../models/inspect.ts';
import { maskedHash } from '../../experts/selection/selection.ts';
import { getExport, type ExportedPlan } from '../../store/exports.ts';
import { getModel } from '../../store/models.ts';
import { repairKey } from './repairs.ts';

type ToWrite = {
  readonly file: FileKind<QuantType>;
  readonly kept: KeptExperts;
  readonly selectionId: number;
  readonly grouping: Grouping;
  /** The run that collected the importance matrix; null: none did. */
  readonly matrixRun: number | null;
  readonly nExpert: number;
  readonly ctx: number;
  readonly output: string;
  readonly repair?: RepairRequest | undefined;
};

/** How a file is written. A file that is the source model itself is not. */
type WritingRequest =
  | { readonly kind: 'export'; readonly request: PruneRequest }
  | { readonly kind: 'quantise'; readonly request: QuantiseRequest };

/** The request that writes a file of a search. */
export function writingRequest(
  { model, nextn = 'drop', requantise, imatrix, overwrite, budgetBytes }: FitRequest,
  { file, kept, selectionId, grouping, matrixRun, nExpert, ctx, output, repair }: ToWrite,
): WritingRequest {
  const { type, mix, width } = file;
  const quantised = type !== null && {
    quantise: quantiseOptions({ type, mix }, { requantise }),
    ...(imatrix !== undefined && { imatrix }),
    ...(imatrix === undefined && matrixRun !== null && { imatrixRun: matrixRun }),
  };
  const whole = {
    ...{ model, output: resolve(output), overwrite, dryRun: false },
    ...{ selectionId, madeFor: { bytes: budgetBytes, ctx }, repair },
  };
  if (quantised && isPlain(file, nExpert)) return { kind: 'quantise', request: { ...whole, ...quantised } };
  const cut = {
    ...{ kept, grouping, nextn, allowFewerUsed: false },
    ...(width !== null && { width }),
  };
  return { kind: 'export', request: { ...whole, ...quantised, ...cut } };
}

/** The file that a search found: its `fileIdentity`, and its repair, which is copied; null: it stays as it is. */
export type FoundFile = { readonly identity: string; readonly repair: KnownRepair | null };

/** Writes the file that a search found, as any other export. @throws WinnowError from writing */
export type WriteFound = (
  asked: WritingRequest,
  found: FoundFile,
  task: Task,
) => Promise<NonNullable<FitResult['written']>>;

/** null: nothing was written. */
type Written = { readonly exportId: number | null };

type Measured = ReturnType<ReturnType<typeof fitLedger>['list']>[number];

/**
 * Transfers the figures. A failure is only logged, since the file is complete anyway.
 * @param file the file's `fileIdentity` in the search, or the experts that it keeps in each layer; null: all experts
 */
export async function keepFoundFigures(
  written: Written,
  file: string | KeptExperts | null,
  context: EngineContext,
  task: Task,
): Promise<void> {
  try {
    const ids = await keepFound(written, file, context);
    if (ids.length > 0) task.about({ evaluationIds: ids });
  } catch (error) {
    task.log(`What the search has measured of the file could not be kept: ${messageOf(error)}`);
  }
}

/** Stores the figures as rows of the written file. @returns the ids of the rows */
async function keepFound(
  { exportId }: Written,
  measured: string | KeptExperts | null,
  context: EngineContext,
): Promise<readonly number[]> {
  const { store } = context;
  const row = exportId === null ? undefined : getExport(store, exportId);
  const info = row && getModel(store, row.modelId)?.info;
  if (!row?.plan.how || !info || row.plan.how.activeExperts !== null) return [];
  const ofSource = fitLedger(store)
    .list()
    .filter(({ settings }) => settings.source === info.fingerprint);
  if (ofSource.length === 0) return [];
  const file =
    typeof measured === 'string'
      ? measured
      : fileIdentity({ info, kept: measured ?? firstExperts(info, info.nExpert), ...madeAs(row.plan, row.plan.how) });
  // the figures of the search itself flatter the file that they selected
  const own = longestOfEachText(
    ofSource.filter(({ settings }) => settings.file === file && settings.text.half === 'confirm'),
  );
  if (own.length === 0) return [];
  const { info: writtenInfo } = await inspectFile(row.outputPath, context);
  return own.flatMap((measured) => {
    const full = ofSource.find((one) => one.settings.file === null && readAlike(one, measured));
    if (!full) return [];
    keepRow(full, info, info);
    return keepRow(measured, writtenInfo, info);
  });

  function keepRow({ settings, result }: Measured, subject: ModelInfo, source: ModelInfo): number {
    const { chunks, placement } = settings;
    const { half: _half, ...text } = settings.text;
    const { sums: _, ...figures } = result;
    const measured = measurementHash({
      subject: maskedHash({ info: subject }),
      against: subject === source ? null : source.fingerprint,
      textHash: text.hash,
      isSeparate: figures.separate ?? false,
      ctx: figures.ctx,
      chunks,
      placement,
    });
    return comparisonLedger(store).keep({
      measured,
      settings: comparisonSettings(namedFile(store, subject), subject, source, text),
      result: figures,
    });
  }
}

function madeAs(
  { quantised, repaired, unrepaired }: ExportedPlan,
  { grouping, width = null, imatrix }: NonNullable<ExportedPlan['how']>,
) {
  const repair = repaired ?? unrepaired?.facts;
  return {
    type: quantised?.type ?? null,
    rules: quantised?.rules ?? {},
    imatrix: imatrix?.sha256 ?? null,
    grouping,
    width,
    repair: repair ? repairKey(repair) : null,
  };
}

function longestOfEachText(rows: readonly Measured[]): readonly Measured[] {
  return [...Map.groupBy(rows, ({ settings }) => settings.text.hash).values()].flatMap(
    (ofText) => ofText.toSorted((a, b) => b.result.tokens - a.result.tokens)[0] ?? [],
  );
}

function readAlike(one: Measured, other: Measured): boolean {
  const [a, b] = [one.result, other.result];
  return one.settings.text.hash === other.settings.text.hash && a.ctx === b.ctx && a.tokens === b.tokens;
}
