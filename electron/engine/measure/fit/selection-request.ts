// Builds the requests by which the experts of each file are chosen.
import type { SelectionRequest } from '../../../contract/api/selections.ts';
import { JOINT_REROUTED, type Criterion } from '../../../contract/criteria.ts';
import type { ChoosingWay } from '../../../contract/fit.ts';
import type { FitRequest } from '../../../contract/requests.ts';
import type { FileKind } from './candidates.ts';

type Asked = ChoosingWay & Pick<FitRequest, 'tokens' | 'superExperts'>;

/** A choice of `keep` experts per layer, by one run's scores or jointly. @param runId run with the scores and the demos */
export function choiceRequest(
  { criterion, grouping, tokens = 'all', superExperts = 'rank' }: Asked,
  runId: number,
  { keep, activeExperts }: Pick<FileKind<unknown>, 'keep' | 'activeExperts'>,
): Omit<SelectionRequest, 'criterion'> & Pick<ChoosingWay, 'criterion'> {
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

/** The choice as a request that can be repeated; null: a run's scores are not enough for it. */
export function selectionRequest(...of: Parameters<typeof choiceRequest>): SelectionRequest | null {
  const { criterion, ...request } = choiceRequest(...of);
  return isOfRuns(criterion) ? { ...request, criterion } : null;
}

/** Whether experts are chosen by the scores of stored runs. */
export function isOfRuns(criterion: ChoosingWay['criterion']): criterion is Criterion {
  return criterion !== JOINT_REROUTED;
}
