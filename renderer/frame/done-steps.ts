// Which steps of the path are done for the current choices.
import type { Evaluation } from '../../electron/contract/api/evaluations.ts';
import type { Export } from '../../electron/contract/api/exports.ts';
import type { Selection } from '../../electron/contract/api/selections.ts';
import type { ScreenId } from '../../electron/contract/commands.ts';
import { useCall } from '../state/calls.ts';
import { isFileOf } from '../state/choosing.ts';
import {
  useTrailDomain,
  useTrailExport,
  useTrailModel,
  useTrailSelection,
  useTrailRuns,
} from '../state/trail-items.ts';

export function useDoneSteps(): ReadonlySet<ScreenId> {
  const model = useTrailModel();
  const domain = useTrailDomain();
  const runs = useTrailRuns();
  const selection = useTrailSelection();
  const file = useTrailExport();
  const evaluations = useCall('evaluations.list', {}).data ?? [];
  const searches = useCall('fit.list', {}).data ?? [];
  const generations = useCall('generations.list', {}).data ?? [];
  const steps: readonly (readonly [ScreenId, boolean])[] = [
    ['models', model !== null],
    ['demos', domain !== null && domain.demos > 0],
    ['best', searches.some((one) => one.found !== null && one.modelId === model?.id && one.domainId === domain?.id)],
    ['score', runs.length > 0 && runs.every(({ state }) => state === 'done')],
    ['choose', selection !== null],
    ['export', file?.state === 'done'],
    ['prove', selection !== null && [...evaluations, ...generations].some((row) => isProof(row, selection, file))],
  ];
  return new Set(steps.filter(([, isDone]) => isDone).map(([screen]) => screen));
}

/** Whether the written file itself was measured or checked: a preview only looks ahead. */
function isProof(
  { variant, selectionHash }: Pick<Evaluation, 'variant' | 'selectionHash'>,
  selection: Pick<Selection, 'id' | 'hash'>,
  file: Export | null,
): boolean {
  if (variant.kind !== 'model' || selectionHash === null) return false;
  return selectionHash === selection.hash || (file?.selectionHash === selectionHash && isFileOf(file, selection));
}
