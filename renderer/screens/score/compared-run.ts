// A second run of the same model, to see where the two differ. Two runs that are chosen together are compared at once.
import type { Run } from '../../../electron/contract/api/runs.ts';
import { useCall } from '../../state/calls.ts';
import { useKeptState } from '../../state/kept-state.ts';
import { useTrailRuns } from '../../state/trail-items.ts';

export type ComparedRun = {
  /** The second run; undefined: none is chosen. */
  readonly run: Run | undefined;
  readonly candidates: readonly Run[];
  /** Chooses the second run; null: none. */
  readonly choose: (runId: number | null) => void;
};

export function useComparedRun(run: Run): ComparedRun {
  const [, second] = useTrailRuns();
  const [runId, choose] = useKeptState<number | null>(`score.compared ${run.id}`, second?.id ?? null);
  const all = useCall('runs.list', {}).data ?? [];
  const candidates = all.filter(
    (other) =>
      other.id !== run.id &&
      other.scoredDemos > 0 &&
      other.modelName === run.modelName &&
      other.nExpert === run.nExpert &&
      other.moeLayers.join() === run.moeLayers.join(),
  );
  return { run: candidates.find(({ id }) => id === runId), candidates, choose };
}
