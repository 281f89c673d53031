// The report's data on the choice of experts: how it was made, and what is kept.
import type { ScoreMatrix } from '../../contract/criteria.ts';
import { keptCount } from '../../contract/kept-experts.ts';
import type { ReportPlan, ReportSource } from '../../contract/report-file.ts';
import { selectionScores, type ScoreSources } from '../experts/selections/selection-scores.ts';
import { hashOf, selectionName, settingsOf } from '../experts/selections/selection-view.ts';
import { demosHash } from '../experts/selection/demos-hash.ts';
import { runView } from '../experts/runs/run-view.ts';
import { requireRun } from '../experts/runs/stored-run.ts';
import { hasMass, retainedShares } from '../experts/selection/matrix-shares.ts';
import type { SelectionSettings } from '../experts/selection/selection-settings.ts';
import { mean } from '../base/statistics/averages.ts';
import type { Store } from '../store/database.ts';
import type { StoredModel } from '../store/models.ts';
import type { StoredSelection } from '../store/selections.ts';
import { getScoreRun } from '../store/score-runs.ts';

/** Significant digits of scores: enough for a heatmap and for readers; all digits would triple the file's size. */
const SCORE_DIGITS = 6;

/** The data on a choice. @throws WinnowError STORE: a stored matrix is damaged; the signal's reason */
export async function planPart(
  selection: StoredSelection,
  model: StoredModel,
  sources: ScoreSources,
  signal?: AbortSignal,
): Promise<ReportPlan> {
  const {
    mix,
    grouping,
    activeExperts,
    seed,
    tokens,
    superExperts,
    demos,
    selection: request,
    retained,
  } = settingsOf(selection);
  const matrix = request && (await selectionScores(request, sources, signal));
  return {
    id: selection.id,
    name: selection.name === '' ? selectionName(selection, model.info) : selection.name,
    created: new Date(selection.createdMs).toISOString(),
    criterion: selection.criterion,
    keep: keptCount(selection.kept),
    mix,
    grouping,
    ...(activeExperts !== null && { active_experts: activeExperts }),
    seed,
    ...(selection.criterion !== null && { tokens, super_experts: superExperts }),
    pins: request?.pins ?? null,
    drops: request?.drops ?? null,
    sources: demos.map((source, i) => sourcePart(source, request?.runIds[i], sources.store)),
    kept: selection.kept,
    kept_hash: hashOf({ selection, model }),
    scores: matrix && rowsOf(matrix),
    retained: retainedPart(matrix, selection.kept, retained),
  };
}

/**
 * The retained share of scores; null: a layer has none.
 * @param stored the mean that the selection was stored with
 */
function retainedPart(
  matrix: ScoreMatrix | null,
  kept: StoredSelection['kept'],
  stored: number | null,
): ReportPlan['retained'] {
  if (matrix === null) return stored === null ? null : { mean: stored, layers: null };
  if (!kept.every((_, layer) => hasMass(matrix, layer))) return null;
  const layers = retainedShares(matrix, kept);
  return { mean: mean(layers), layers };
}

function sourcePart(source: SelectionSettings['demos'][number], runId: number | undefined, store: Store): ReportSource {
  const run = runId === undefined ? undefined : getScoreRun(store, runId);
  const settings = run ? runView(requireRun(store, run.id), null).settings : null;
  const taken = run?.taken;
  return {
    run_id: settings && (runId ?? null),
    domain: source.domain,
    tokens: source.tokens,
    demos: source.demos.map((id, i) => ({ id, hash: source.hashes?.[i] ?? null })),
    demos_hash: source.hashes ? demosHash(source.hashes) : null,
    settings,
    ...(taken && {
      taken: {
        limit: taken.limit ?? null,
        limit_by: taken.limitBy ?? 'first',
        limit_seed: taken.limitSeed ?? 1,
        hold_back: taken.holdBack ?? 0,
        cut_off: taken.cutOff ?? false,
      },
    }),
  };
}

function rowsOf({ nLayers, nExpert, scores }: ScoreMatrix): number[][] {
  return Array.from({ length: nLayers }, (_, layer) =>
    Array.from(scores.subarray(layer * nExpert, (layer + 1) * nExpert), (score) =>
      Number(score.toPrecision(SCORE_DIGITS)),
    ),
  );
}
