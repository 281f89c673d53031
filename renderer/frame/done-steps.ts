// Which steps of the path are done for the current choices.
import type { ScreenId } from '../../electron/contract/commands.ts';
import { useCall } from '../state/calls.ts';
import { isFromChoice } from '../state/choosing.ts';
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
  const exportId = file !== null && selection !== null && isFromChoice(file, selection) ? file.id : null;
  const verdict = useCall(
    'evaluations.verdict',
    { selectionId: selection?.id ?? 0, exportId },
    { enabled: selection !== null },
  ).data;
  const searches = useCall('fit.list', {}).data ?? [];
  const steps: readonly (readonly [ScreenId, boolean])[] = [
    ['models', model !== null],
    ['demos', domain !== null && domain.demos > 0],
    ['best', searches.some((one) => one.found !== null && one.modelId === model?.id && one.domainId === domain?.id)],
    ['score', runs.length > 0 && runs.every(({ state }) => state === 'done')],
    ['choose', selection !== null],
    ['export', file?.state === 'done'],
    // a preview only looks ahead
    ['prove', verdict?.bytes.predicted === false && Boolean(verdict.inside ?? verdict.outside ?? verdict.answers)],
  ];
  return new Set(steps.filter(([, isDone]) => isDone).map(([screen]) => screen));
}
