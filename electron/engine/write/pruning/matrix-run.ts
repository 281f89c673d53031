// Finds the run whose importance matrix belongs to a choice of experts: the run that the choice was made by.
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import { selectionSettingsSchema } from '../../experts/selection/selection-settings.ts';
import type { Store } from '../../store/database.ts';
import { getScoreRun } from '../../store/score-runs.ts';
import type { StoredSelection } from '../../store/selections.ts';

/**
 * Finds the run behind a choice that collected a matrix.
 * @param choice null: the choice is not stored
 * @throws WinnowError USAGE: there is none, or there are several
 */
export function matrixRunBehind(store: Store, choice: StoredSelection | null): number {
  const { selection = null } = selectionSettingsSchema.safeParse(choice?.settings).data ?? {};
  const [run, ...others] = (selection?.runIds ?? []).filter((id) => {
    const one = getScoreRun(store, id);
    return one?.importance === true && one.state === 'done';
  });
  if (run === undefined) {
    throw new WinnowError('USAGE', say('matrixOfNoRun'));
  }
  if (others.length === 0) return run;
  const runs = [run, ...others];
  throw new WinnowError('USAGE', say('matrixOfRuns', { runs: runs.join(', '), run }), { runs });
}
