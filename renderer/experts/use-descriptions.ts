// What hovering over an expert shows besides its score: how often tokens of a run were routed to it, and how they were weighted.
import { useCallback } from 'react';
import type { CallResult } from '../../electron/contract/api.ts';
import type { Criterion } from '../../electron/contract/criteria.ts';
import type { Describe } from '../heatmap/types.ts';
import { useCall } from '../state/calls.ts';

/**
 * Returns the descriptions from those sums of a run that three of the criteria rank by.
 * @param runId null: not wanted yet. The engine answers one question after the other, so what the picture itself needs
 *   goes first
 */
export function useDescriptions(runId: number | null): Describe | undefined {
  const counts = useSums(runId, 'frequency');
  const gates = useSums(runId, 'gate');
  const norms = useSums(runId, 'ean');
  return useCallback(
    ({ layer, expert }) => {
      // while a run goes on, the three may briefly cover different demos
      const isWhole = counts?.scoredDemos === gates?.scoredDemos && counts?.scoredDemos === norms?.scoredDemos;
      if (!isWhole || counts === undefined) return null;
      const at = layer * counts.nExpert + expert;
      const count = counts.scores[at] ?? 0;
      const mean = (sum: number | undefined): number | null => (count > 0 && sum !== undefined ? sum / count : null);
      return { count, meanGate: mean(gates?.scores[at]), meanNorm: mean(norms?.scores[at]) };
    },
    [counts, gates, norms],
  );
}

function useSums(runId: number | null, criterion: Criterion): CallResult<'runs.scores'> | undefined {
  const { data } = useCall(
    'runs.scores',
    { runIds: [runId ?? 0], criterion, mix: 'shares', seed: 0 },
    { enabled: runId !== null, keepPrevious: true },
  );
  return data;
}
