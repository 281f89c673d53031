// How the experts of each file are chosen.
import type { SelectionRequest } from '../../../contract/api/selections.ts';
import type { ChoosingWay } from '../../../contract/fit.ts';
import type { FitRequest } from '../../../contract/requests.ts';
import type { FileKind } from './candidates.ts';

/** The choice of `keep` experts a layer, by one run's scores. @param runId that has them */
export function selectionRequest(
  {
    criterion,
    grouping,
    tokens = 'all',
    superExperts = 'rank',
  }: ChoosingWay & Pick<FitRequest, 'tokens' | 'superExperts'>,
  runId: number,
  { keep, activeExperts }: Pick<FileKind<unknown>, 'keep' | 'activeExperts'>,
): SelectionRequest {
  return {
    ...{ runIds: [runId], criterion, keep: { kind: 'count', count: keep } },
    ...{ mix: 'shares', pins: [], drops: [], grouping, seed: 0, tokens, superExperts },
    ...(activeExperts !== null && { activeExperts }),
  };
}
