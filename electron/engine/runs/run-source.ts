// What a selection keeps of a run: the demos that its scores come from.
import { createHash } from 'node:crypto';
import type { SelectionSettings } from '../selection/selection-settings.ts';
import type { Store } from '../store/database.ts';
import { scoredPositions } from '../store/demo-scores.ts';
import { listRunDemos, type ScoreRun } from '../store/score-runs.ts';

/** Of the demos that are scored by now. */
export function sourceOfRun(
  store: Store,
  { id, domain }: Pick<ScoreRun, 'id' | 'domain'>,
): SelectionSettings['demos'][number] {
  const positions = new Set(scoredPositions(store, id));
  const scored = listRunDemos(store, id).filter((_, position) => positions.has(position));
  const hash = createHash('sha256');
  for (const demo of scored) hash.update(`${demo.hash}\n`);
  return {
    domain,
    demos: scored.map((demo) => demo.id),
    tokens: scored.reduce((sum, { tokens }) => sum + tokens, 0),
    hash: hash.digest('hex'),
    hashes: scored.map((demo) => demo.hash),
  };
}
