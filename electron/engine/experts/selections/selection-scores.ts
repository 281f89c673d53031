// The scores by which a stored selection's experts were ranked.
import type { SelectionRequest } from '../../../contract/api/selections.ts';
import type { ScoreMatrix } from '../../../contract/criteria.ts';
import { readRunScores } from '../runs/run-scores.ts';
import type { RunTotals } from '../runs/run-totals.ts';
import { mixMatrices } from '../selection/mix.ts';
import type { Store } from '../../store/database.ts';
import { getScoreRun } from '../../store/score-runs.ts';

export type ScoreSources = { readonly store: Store; readonly totals: RunTotals };

/**
 * The score matrix; null: a run was deleted.
 * @throws WinnowError STORE: a stored matrix is damaged; the signal's reason
 */
export async function selectionScores(
  { mix, ...request }: SelectionRequest,
  { store, totals }: ScoreSources,
  signal?: AbortSignal,
): Promise<ScoreMatrix | null> {
  if (request.runIds.some((id) => !getScoreRun(store, id))) return null;
  const { runs } = await readRunScores(totals, request, signal);
  const matrices = runs.map(({ matrix }) => matrix);
  // max-min has no ranking: the shares show what it weighs
  return mixMatrices(matrices, mix === 'max-min' ? 'shares' : mix);
}
