// What a selection records about a run: the demos that its scores come from.
import type { SelectionSettings } from '../selection/selection-settings.ts';
import type { Store } from '../../store/database.ts';
import { scoredPositions } from '../../store/demo-scores.ts';
import { listRunDemos, type RunDemo, type ScoreRun } from '../../store/score-runs.ts';

/** The source of scores from a run: its demos that are scored by now. */
export function sourceOfRun(
  store: Store,
  { id, domain }: Pick<ScoreRun, 'id' | 'domain'>,
): SelectionSettings['demos'][number] {
  const positions = new Set(scoredPositions(store, id));
  return sourceOfDemos(
    domain,
    listRunDemos(store, id).filter((_, position) => positions.has(position)),
  );
}

/** The same for demos as a run lists them. */
export function sourceOfDemos(domain: string, demos: readonly RunDemo[]): SelectionSettings['demos'][number] {
  return {
    domain,
    demos: demos.map((demo) => demo.id),
    tokens: demos.reduce((sum, { tokens }) => sum + tokens, 0),
    hashes: demos.map((demo) => demo.hash),
  };
}
