// Fills the trail with what exists already: after another model or demo set was chosen, and after a restart.
import { useEffect } from 'react';
import { followSearches } from '../state/best-search.ts';
import { useCall } from '../state/calls.ts';
import { foundAgain } from '../state/trail-found.ts';
import { useIsSelectionPending, useTrailSelection } from '../state/trail-items.ts';
import { choose, useTrail } from '../state/trail.ts';

/** Keeps the trail filled. To be used once, in the frame. */
export function useFoundTrail(): void {
  const trail = useTrail();
  const selection = useTrailSelection();
  const isPending = useIsSelectionPending();
  const isGone = trail.selectionId !== null && selection === null;
  const domains = useCall('domains.list', {}).data;
  const runs = useCall('runs.list', {}).data;
  const selections = useCall('selections.list', { modelId: null }).data;
  const exports = useCall('exports.list', {}).data;
  useEffect(() => {
    if (isPending || !domains || !runs || !selections || !exports) return;
    const choice = foundAgain(trail, { domains, runs, selections, selection, isGone, exports });
    if (choice !== null) choose(choice);
  }, [trail, selection, isPending, isGone, domains, runs, selections, exports]);
  const searches = useCall('fit.list', {}).data;
  useEffect(() => {
    if (searches !== undefined) followSearches(searches);
  }, [searches]);
}
