// Chooses the experts of a search's files, by the run's scores.
import type { SelectionRequest } from '../../../contract/api/selections.ts';
import type { ChoosingWay } from '../../../contract/fit.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { FitRequest } from '../../../contract/requests.ts';
import { choose } from '../../experts/selections/choose.ts';
import { storedChoice } from '../../experts/selections/save-selection.ts';
import { scoresOfRuns, type ChooserTools } from '../../experts/selections/scores-of-runs.ts';
import type { StoredSelection } from '../../store/selections.ts';

type Asked = ChoosingWay & Pick<FitRequest, 'superExperts'>;

/** A choice of `keep` experts per layer, by one run's scores. @param runId run with the scores and the demos */
export function choiceRequest(
  { criterion, grouping, superExperts = 'rank' }: Asked,
  runId: number,
  keep: number,
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
    superExperts,
  };
}

export class Chooser {
  readonly #requestFor: (way: ChoosingWay, keep: number) => SelectionRequest;
  readonly #tools: ChooserTools;
  readonly #signal: AbortSignal;

  constructor(request: FitRequest, runId: number, tools: ChooserTools, signal: AbortSignal) {
    this.#requestFor = (way, keep) => choiceRequest({ ...request, ...way }, runId, keep);
    this.#tools = tools;
    this.#signal = signal;
  }

  /** Chooses the kept experts. @throws WinnowError SELECTION_IMPOSSIBLE */
  async kept(way: ChoosingWay, keep: number): Promise<KeptExperts> {
    const asked = this.#requestFor(way, keep);
    return (await choose(await scoresOfRuns(asked, this.#tools, this.#signal), asked)).kept;
  }

  /** Stores the choice. */
  stored(way: ChoosingWay, keep: number): Promise<StoredSelection> {
    return storedChoice(this.#requestFor(way, keep), this.#tools, this.#signal);
  }
}
