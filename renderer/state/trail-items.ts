// What the ids of the trail refer to. Something that was deleted counts as not chosen, and returns when that is undone.
import { useMemo } from 'react';
import type { Domain } from '../../electron/contract/api/demos.ts';
import type { Export } from '../../electron/contract/api/exports.ts';
import type { ModelEntry } from '../../electron/contract/api/library.ts';
import type { Selection } from '../../electron/contract/api/selections.ts';
import type { Run } from '../../electron/contract/api/runs.ts';
import { askAhead, useCall } from './calls.ts';
import { JOBS_LIMIT } from './kept-jobs.ts';
import { useTrail } from './trail.ts';
import { useWorkingChoice } from './working-choice.ts';

/**
 * Requests the items early, so that the engine works while the page is still being built. It answers in order, so the
 * long lists come last.
 */
export function askForTrailItems(): void {
  void askAhead('domains.list', {});
  void askAhead('selections.list', { modelId: null });
  void askAhead('exports.list', {});
  void askAhead('jobs.list', { limit: JOBS_LIMIT });
  void askAhead('app.info', {});
  void askAhead('runs.list', {});
  void askAhead('library.list', {});
}

export function useTrailModel(): ModelEntry | null {
  const id = useTrail(({ modelId }) => modelId);
  return useCall('library.list', {}).data?.find((model) => model.id === id) ?? null;
}

export function useTrailDomain(): Domain | null {
  const id = useTrail(({ domainId }) => domainId);
  return useCall('domains.list', {}).data?.find((domain) => domain.id === id) ?? null;
}

/** Returns the chosen runs, in the order in which they were chosen. */
export function useTrailRuns(): Run[] {
  const ids = useTrail(({ runIds }) => runIds);
  const runs = useCall('runs.list', {}).data;
  return useMemo(() => ids.flatMap((id) => runs?.find((run) => run.id === id) ?? []), [ids, runs]);
}

/** Returns the chosen selection; while another one is loading, the previous one. */
export function useTrailSelection(): Selection | null {
  const { selection } = useChosenSelection();
  return selection;
}

/** Whether the selection is not known yet: it is being loaded, or its last change is being stored. */
export function useIsSelectionPending(): boolean {
  const { isReading } = useChosenSelection();
  const isStoring = useWorkingChoice(({ isUnsaved, error }) => isUnsaved && error === null);
  return isReading || isStoring;
}

function useChosenSelection(): { readonly selection: Selection | null; readonly isReading: boolean } {
  const id = useTrail(({ selectionId }) => selectionId);
  const { data, error, isPending, isPlaceholderData } = useCall(
    'selections.get',
    { selectionId: id ?? 0 },
    { enabled: id !== null, keepPrevious: true },
  );
  return {
    selection: id !== null && error === null ? (data ?? null) : null,
    isReading: id !== null && (isPending || isPlaceholderData),
  };
}

export function useTrailExport(): Export | null {
  const id = useTrail(({ exportId }) => exportId);
  return useCall('exports.list', {}).data?.find((file) => file.id === id) ?? null;
}
