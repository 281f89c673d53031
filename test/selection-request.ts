// A request for a choice of experts, as tests make it where nothing else is said.
import type { SelectionRequest } from '../electron/contract/api/selections.ts';

export function selectionRequest(
  runIds: readonly number[],
  keep: SelectionRequest['keep'],
  change: Partial<SelectionRequest> = {},
): SelectionRequest {
  return {
    runIds: [...runIds],
    criterion: 'easy-ep',
    keep,
    mix: 'shares',
    pins: [],
    drops: [],
    grouping: 'ungrouped',
    seed: 0,
    ...change,
  };
}
