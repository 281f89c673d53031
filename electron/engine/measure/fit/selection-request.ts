// Builds the requests by which the experts of each file are chosen.
import type { SelectionRequest } from '../../../contract/api/selections.ts';
import type { ChoosingWay } from '../../../contract/fit.ts';
import type { FitRequest } from '../../../contract/requests.ts';
import type { FileKind } from './candidates.ts';

type Asked = ChoosingWay & Pick<FitRequest, 'tokens' | 'superExperts'>;

/** A choice of `keep` experts per layer, by one run's scores. @param runId run with the scores and the demos */
export function choiceRequest(
  { criterion, grouping, tokens = 'all', superExperts = 'rank' }: Asked,
  runId: number,
  { keep, activeExperts }: Pick<FileKind<unknown>, 'keep' | 'activeExperts'>,
): SelectionRequest {
  return {
    runIds: [runId],
    criterion,
    keep: { kind: 'count', count: keep },
    mix: 'shares',
    pins: [],
    drops: [],
    grouping,
    seed: 0,
    tokens,
    superExperts,
    ...(activeExperts !== null && { activeExperts }),
  };
}
