// How the experts of each file are chosen.
import type { SelectionRequest } from '../../contract/api/selections.ts';
import type { FitRequest } from '../../contract/requests.ts';

/** @param keep experts a layer */
export function selectionRequest(
  { criterion, grouping }: Pick<FitRequest, 'criterion' | 'grouping'>,
  runId: number,
  keep: number,
): SelectionRequest {
  const rest = { mix: 'shares' as const, pins: [], drops: [], grouping, seed: 0 };
  return { runIds: [runId], criterion, keep: { kind: 'count', count: keep }, ...rest };
}
