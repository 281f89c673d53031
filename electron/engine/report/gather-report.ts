// Collects what a report says: from the database, as it is now.
import { llamaSource } from '../../../native/index.ts';
import type { Selection } from '../../contract/api/plans.ts';
import { WinnowError } from '../../contract/errors.ts';
import { listComparisons, type StoredComparison } from '../evaluation/stored-comparison.ts';
import { settingsOf, planName } from '../plans/plan-view.ts';
import { readRunScores } from '../runs/run-scores.ts';
import type { RunTotals } from '../runs/run-totals.ts';
import { runView } from '../runs/run-view.ts';
import { requireRun } from '../runs/stored-run.ts';
import { retainedShares } from '../selection/matrix-shares.ts';
import { mixMatrices } from '../selection/mix.ts';
import type { Store } from '../store/database.ts';
import { getExport, type StoredExport } from '../store/exports.ts';
import { findModel, getModel, type StoredModel } from '../store/models.ts';
import { getPlan, type StoredPlan } from '../store/plans.ts';
import { packageVersion } from '../version.ts';
import type { ReportContent, ReportPlan, ReportSource } from './report-content.ts';

export type ReportRequest = {
  readonly planId: number | null;
  readonly exportId: number | null;
  readonly evaluationIds: readonly number[];
};

/** @throws WinnowError USAGE: there is nothing to report on, or it was deleted; the signal's reason */
export async function gatherReport(
  request: ReportRequest,
  { store, totals }: { readonly store: Store; readonly totals: RunTotals },
  signal?: AbortSignal,
): Promise<ReportContent> {
  const file = request.exportId === null ? null : (getExport(store, request.exportId) ?? null);
  const planId = request.planId ?? file?.plan.planId ?? null;
  const plan = planId === null ? null : (getPlan(store, planId) ?? null);
  const evaluations = listComparisons(store).filter(({ id }) => request.evaluationIds.includes(id));
  const model = modelOf(store, plan, file, evaluations);
  return {
    madeMs: Date.now(),
    version: await packageVersion(),
    llama: llamaSource().tag,
    model: model.info,
    plan: plan && (await reportPlan(plan, model, store, totals, signal)),
    evaluations,
    file,
  };
}

function modelOf(
  store: Store,
  plan: StoredPlan | null,
  file: StoredExport | null,
  evaluations: readonly StoredComparison[],
): StoredModel {
  const modelId = plan?.modelId ?? file?.modelId;
  const fingerprint = evaluations[0]?.settings.full.fingerprint;
  const model = modelId !== undefined ? getModel(store, modelId) : fingerprint !== undefined ? findModel(store, fingerprint) : undefined; // prettier-ignore
  if (model) return model;
  throw new WinnowError('USAGE', 'There is nothing to report on. Choose a plan, a file or measurements.');
}

async function reportPlan(
  plan: StoredPlan,
  { info }: StoredModel,
  store: Store,
  totals: RunTotals,
  signal: AbortSignal | undefined,
): Promise<ReportPlan> {
  const settings = settingsOf(plan);
  const { selection } = settings;
  const sources = settings.demos.map((source, i) => ({
    ...source,
    settings: runSettings(store, selection?.runIds[i]),
  }));
  const matrix = selection && (await scoresOf(selection, totals, signal));
  return {
    name: plan.name === '' ? planName(plan, info) : plan.name,
    criterion: plan.criterion,
    settings,
    kept: plan.kept,
    sources,
    matrix,
    retained: matrix && retainedShares(matrix, plan.kept),
  };
}

/** What the choice was ranked by; null when a run was deleted. */
async function scoresOf(
  selection: Selection,
  totals: RunTotals,
  signal: AbortSignal | undefined,
): Promise<ReportPlan['matrix']> {
  try {
    const { runs } = await readRunScores(totals, selection, signal);
    // max-min ranks nothing: the shares show what it weighs
    const mix = selection.mix === 'max-min' ? 'shares' : selection.mix;
    const matrices = runs.map(({ matrix }) => matrix);
    return mixMatrices(matrices, mix);
  } catch (error) {
    if (error instanceof WinnowError && error.code === 'USAGE') return null;
    throw error;
  }
}

function runSettings(store: Store, runId: number | undefined): ReportSource['settings'] {
  if (runId === undefined) return null;
  try {
    return runView(requireRun(store, runId), null).settings;
  } catch (error) {
    if (error instanceof WinnowError && error.code === 'USAGE') return null;
    throw error;
  }
}
